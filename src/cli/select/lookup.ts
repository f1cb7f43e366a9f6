import type { Client } from '../../client/client.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import { type NamedTarget, readTargets, readingsOf } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { idHint } from './alternatives.ts'
import { idNotFound, targetNotFound, unseen } from './not-found.ts'

export interface LookupOptions {
  readonly id: string | undefined
  /** Also read what costs a request each: TTLs, and the other keys of a lease. */
  readonly detail?: boolean
  /** The name of a command that changes instances: it refuses a whole service. */
  readonly writes?: string
}

/** The instances that the words of a command name, and the targets that do not exist. */
export interface Lookup {
  readonly entries: readonly InstanceEntry[]
  /** Targets without an instance, in the order of the words. */
  readonly missing: readonly NamedTarget[]
}

/**
 * The instances that a command's words, or `--id` alone, name; a service without an id is all of its instances.
 * @throws RollcallError `not-found` for a target that does not exist, with near names; `ambiguous` for an `--id` under several services.
 */
export async function findInstances(
  context: Context,
  words: readonly string[],
  wanted: LookupOptions,
): Promise<readonly InstanceEntry[]> {
  const { entries, missing } = await lookUp(context, words, wanted)
  const [first] = missing
  if (first) throw await targetNotFound(context, first)
  return entries
}

/** Like `findInstances`, but returns the targets that do not exist. */
export async function lookUp(context: Context, words: readonly string[], wanted: LookupOptions): Promise<Lookup> {
  if (wanted.id !== undefined) return { entries: await findById(context, words, wanted.id, wanted), missing: [] }
  const targets = await readTargets(context, words)
  if (wanted.writes !== undefined) await refuseWholeService(context, targets, wanted.writes)
  const client = await context.client()
  const options = { detail: wanted.detail ?? false, signal: context.signal }
  const there = await client.find(targets, options)
  const found = targets.map((target) => there.filter((entry) => isTarget(entry, target)))
  const missing = targets.filter((_, at) => found[at]?.length === 0)
  const longer = await findLonger(client, missing, options)
  return {
    entries: [...new Set([...found.flat(), ...longer.values()].flat())],
    missing: missing.filter((target) => !longer.has(target)),
  }
}

/** @throws RollcallError `usage` for a service without an id: a change to it would be one to all of its instances */
async function refuseWholeService(context: Context, targets: readonly NamedTarget[], command: string): Promise<void> {
  const whole = targets.find((target) => target.id === undefined)
  if (!whole) return
  const { service } = whole
  const hint = await idHint(context, service, (owner, id) => `rollcall ${command} ${owner}/${id}`)
  if (hint !== undefined) throw new RollcallError('usage', `${command} needs <service>/<id>`, { hint })
  throw new RollcallError('usage', `${command} needs instances, and ${service} is a service`, {
    hint: `name <service>/<id>, or pipe: rollcall ls ${service} -o name | rollcall ${command} -`,
  })
}

/** The instances of targets whose service has a slash in its name; the longest such name wins. */
async function findLonger(
  client: Client,
  missing: readonly NamedTarget[],
  options: { detail: boolean; signal: AbortSignal },
): Promise<ReadonlyMap<NamedTarget, readonly InstanceEntry[]>> {
  const readings = new Map(missing.map((target) => [target, readingsOf(target)]))
  const all = [...readings.values()].flat()
  const there = all.length === 0 ? [] : await client.find(all, options)
  const found = new Map<NamedTarget, readonly InstanceEntry[]>()
  for (const [target, others] of readings) {
    const hits = others.map((other) => there.filter((entry) => isTarget(entry, other)))
    const longest = hits.find((entries) => entries.length > 0)
    if (longest) found.set(target, longest)
  }
  return found
}

/** The record stored under one key, as `--raw-key` names it. @throws RollcallError `not-found`, `unsupported` */
export async function findRaw(context: Context, rawKey: string): Promise<Entry> {
  const client = await context.client()
  if (!client.capabilities.rawKeys) {
    throw new RollcallError('unsupported', `${client.target.driver} has no stored keys`, {
      hint: 'name it as <service>/<id>',
    })
  }
  const scan = client.entries({ rawKey }, { detail: true, signal: context.signal })
  for await (const entry of scan) return entry
  if (scan.unreadable !== undefined) throw unseen(`no key ${rawKey}`, scan.unreadable)
  throw new RollcallError('not-found', `there is no key ${rawKey}`, {
    hint: 'rollcall check-keys --list shows every key',
  })
}

async function findById(
  context: Context,
  words: readonly string[],
  id: string,
  { detail = false }: Pick<LookupOptions, 'detail'>,
): Promise<InstanceEntry[]> {
  const [service, ...rest] = words
  if (rest.length > 0 || service?.includes('/')) {
    throw new RollcallError('usage', '--id takes at most one service', { hint: 'or name <service>/<id>' })
  }
  const client = await context.client()
  const found = await client.find(service === undefined ? { id } : { service, id }, { detail, signal: context.signal })
  const services = [...new Set(found.map((entry) => entry.service))]
  if (services.length === 1) return found
  if (services.length === 0 && service !== undefined) throw await targetNotFound(context, { service, id })
  if (services.length === 0) throw await idNotFound(context, id)
  throw new RollcallError('ambiguous', `several services have an instance ${id}: ${services.join(', ')}`, {
    hint: `name one: ${services.map((name) => `${name}/${id}`).join(' or ')}`,
  })
}

function isTarget(entry: InstanceEntry, target: NamedTarget): boolean {
  return entry.service === target.service && (target.id === undefined || entry.instance.id === target.id)
}
