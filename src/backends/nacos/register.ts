import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { Registration, WriteOptions } from '../contract/backend.ts'
import { mapAbreast } from './abreast.ts'
import type { Placed } from './api.ts'
import { encode } from './encode.ts'
import { type Member, readFamily, sharing } from './service-group.ts'
import { type Host, beatsOf, sayTheSame } from './host.ts'
import type { Nacos } from './context.ts'
import { checkNamespace } from './namespaces.ts'
import { type Address, type NacosService, addressOf, groupedName, kratosName, recordId } from './names.ts'
import { bodyOf, recordOf } from './record.ts'
import { NacosRegistration } from './registration.ts'
import { hostAt, isListed, servicesOf, settled } from './settle.ts'

/** What is to be written, and what is in its place. */
interface Plan {
  readonly name: string
  readonly wanted: readonly Placed[]
  readonly services: readonly NacosService[]
  /** At the same addresses. */
  readonly present: readonly Placed[]
  /** Other endpoints of the instance of that id. */
  readonly rivals: readonly Placed[]
}

/** Registers an endpoint after the other. @throws RollcallError `conflict` for another live record in its place */
export async function register(nacos: Nacos, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  const plan = await planOf(nacos, instance, options)
  await checkNamespace(nacos, options.signal)
  const { wanted, present, rivals } = plan
  if (present.length + rivals.length === 0) return await write(nacos, plan, 'created', options)
  if (![...present, ...rivals].some(({ host }) => isLive(host))) return await write(nacos, plan, 'replaced', options)
  if (rivals.length > 0 || !present.every(({ address, host }) => agrees(wanted, address, host))) {
    if (!options.replace) throw taken(instance, [...present, ...rivals])
    return await write(nacos, plan, 'replaced', options)
  }
  if (present.length < wanted.length || options.keepAlive) return await write(nacos, plan, 'renewed', options)
  return await renewPresent(nacos, plan, options)
}

async function planOf(nacos: Nacos, instance: InstanceInit, options: WriteOptions): Promise<Plan> {
  const { signal } = options
  const wanted = encode(nacos, instance, options).flatMap(({ id, body }): Placed[] => {
    const [address, held] = [addressOf(id), bodyOf({ body })]
    return address && held ? [{ address, host: held.host }] : []
  })
  const own = servicesOf(wanted.map(({ address }) => address))
  const [first] = wanted
  const byIp = first?.address.ip === instance.id
  const services = first && byIp ? await withSiblings(nacos, first.address, own, signal) : own
  const family = await readFamily(nacos, services, signal)
  const present = wanted.flatMap(({ address }) => placedAt(family, address))
  const rivals = first && byIp ? othersAt(family, first.address, wanted) : []
  return { name: instance.name, wanted, services, present, rivals }
}

/** Services of the same Kratos name, whose endpoints at the same ip are read as the same instance. */
async function withSiblings(
  nacos: Nacos,
  { namespace, group, name }: Address,
  own: readonly NacosService[],
  signal?: AbortSignal,
): Promise<NacosService[]> {
  const base = kratosName(name)?.base
  const known = new Set(own.map(groupedName))
  const all = await nacos.api.services({ namespace, group }, signal)
  return [...own, ...all.filter((each) => kratosName(each.name)?.base === base && !known.has(groupedName(each)))]
}

function placedAt(family: readonly Member[], address: Address): Placed[] {
  const host = hostAt(family, address)
  return host ? [{ address, host }] : []
}

function othersAt(family: readonly Member[], { cluster, ip }: Address, wanted: readonly Placed[]): Placed[] {
  const own = new Set(wanted.map(({ address }) => recordId(address)))
  return family.flatMap(({ service, hosts }) =>
    hosts
      .filter((host) => host.clusterName === cluster && host.ip === ip)
      .map((host) => ({ address: { ...service, cluster, ip, port: host.port }, host }))
      .filter(({ address }) => !own.has(recordId(address))),
  )
}

/** Whether clients are given it: what is not can be replaced. */
function isLive({ enabled, healthy, weight }: Host): boolean {
  return enabled && healthy && weight > 0
}

function agrees(wanted: readonly Placed[], address: Address, host: Host): boolean {
  const own = wanted.find((each) => recordId(each.address) === recordId(address))
  return own !== undefined && sayTheSame(own.host, host)
}

/** Writes all, or takes back what it wrote. */
async function write(
  nacos: Nacos,
  plan: Plan,
  action: Registration['action'],
  { signal }: WriteOptions,
): Promise<Registration> {
  const made: Placed[] = []
  try {
    for (const placed of plan.wanted) {
      await nacos.api.register(placed, signal)
      made.push(placed)
    }
    await mapAbreast(plan.rivals, (placed) => nacos.api.deregister(placed, signal))
  } catch (error) {
    if (action === 'created') await mapAbreast(made, (placed) => nacos.api.deregister(placed)).catch(() => {})
    throw error
  }
  const family = await settleWritten(nacos, plan, signal)
  return await registered(nacos, plan, family, action, signal)
}

/**
 * What an operator has set of an address outlives the instance there for a minute, and hides what is registered: it is
 * set anew.
 */
async function settleWritten(
  nacos: Nacos,
  { services, wanted, rivals }: Plan,
  signal?: AbortSignal,
): Promise<readonly Member[]> {
  const isWritten = (family: readonly Member[]) =>
    wanted.every((placed) => isListed(family, placed)) && rivals.every(({ address }) => !hostAt(family, address))
  const family = await settled(nacos, services, isWritten, signal)
  const hidden = wanted.filter(({ address, host }) => {
    const now = hostAt(family, address)
    return now && !sayTheSame(now, host)
  })
  if (hidden.length === 0) return family
  await mapAbreast(hidden, (placed) => nacos.api.update(placed, signal))
  return await settled(nacos, services, isWritten, signal)
}

/** One heartbeat for what is there. What a gRPC client holds needs none. */
async function renewPresent(nacos: Nacos, plan: Plan, { signal }: WriteOptions): Promise<Registration> {
  const ephemeral = plan.wanted.some(({ host }) => host.ephemeral)
  const beats = ephemeral ? await mapAbreast(plan.wanted, ({ address }) => nacos.api.beat(address, signal)) : []
  const known = ephemeral && beats.every((beat) => beat.known)
  const family = await readFamily(nacos, plan.services, signal)
  if (known) return await registered(nacos, plan, family, 'renewed', signal)
  return new NacosRegistration(nacos, { action: 'unchanged', placed: plan.wanted, records: recordsIn(plan, family) })
}

async function registered(
  nacos: Nacos,
  plan: Plan,
  family: readonly Member[],
  action: Registration['action'],
  signal?: AbortSignal,
): Promise<Registration> {
  const { wanted: placed } = plan
  const records = recordsIn(plan, family)
  const [first] = placed
  if (!first?.host.ephemeral) return new NacosRegistration(nacos, { action, records, placed })
  const { next } = await nacos.api.beat(first.address, signal)
  return new NacosRegistration(nacos, { action, records, placed, beatEvery: next ?? beatsOf(first.host).every })
}

/** The records as they are listed; where one is not listed yet, as it was written. */
function recordsIn({ name, wanted }: Plan, family: readonly Member[]) {
  const isShared = sharing(family)
  return wanted.map(({ address, host }) => {
    const now = hostAt(family, address) ?? host
    return recordOf(address, name, { host: now, shared: isShared(address, now) })
  })
}

function taken({ name, id }: InstanceInit, placed: readonly Placed[]): RollcallError {
  const keys = placed.map(({ address }) => recordId(address)).join(', ')
  return new RollcallError('conflict', `${name}/${id} is registered otherwise already: ${keys}`, {
    hint: 'give this one another address, or take its place with --replace',
  })
}
