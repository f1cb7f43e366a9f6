import type { Client } from '../../client/client.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import { type NamedTarget, readTargets, readingsOf, refuseWholeService } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { idNotFound, targetNotFound, unseen } from './not-found.ts'

export interface LookupOptions {
  readonly id: string | undefined
  /** Also what costs a request each: TTLs, and what else hangs on a lease. */
  readonly detail?: boolean
  /** The command that writes: it takes no service for all of its instances. */
  readonly writes?: string
}

/** What the words of a command name, as far as it is there. */
export interface Lookup {
  readonly entries: readonly InstanceEntry[]
  /** In the order in which they were named. */
  readonly missing: readonly NamedTarget[]
}

/**
 * The instances that a command's words, or `--id` alone, name; a service without an id is all of its instances.
 * @throws RollcallError `not-found` for what is not there, with near names; `ambiguous` for an `--id` under several services.
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

/** The same, where some may be missing. */
export async function lookUp(context: Context, words: readonly string[], wanted: LookupOptions): Promise<Lookup> {
  if (wanted.id !== undefined) return { entries: await findById(context, words, wanted.id, wanted), missing: [] }
  const targets = await readTargets(context, words)
  if (wanted.writes !== undefined) refuseWholeService(targets, wanted.writes)
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

/** Targets that are there when their service is taken to have a slash in its name: of each, what the longest such name has. */
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
  if (scan.partial !== undefined) throw unseen(`no key ${rawKey}`, scan.partial)
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
    throw new RollcallError('usage', '--id goes with one service at most', { hint: 'or name <service>/<id>' })
  }
  const client = await context.client()
  const found = await client.find(service === undefined ? { id } : { service, id }, { detail, signal: context.signal })
  const services = [...new Set(found.map((entry) => entry.service))]
  if (services.length === 1) return found
  if (services.length === 0 && service !== undefined) throw await targetNotFound(context, { service, id })
  if (services.length === 0) throw await idNotFound(context, id)
  throw new RollcallError('ambiguous', `the id ${id} is under several services: ${services.join(', ')}`, {
    hint: `name one: ${services.map((name) => `${name}/${id}`).join(' or ')}`,
  })
}

function isTarget(entry: InstanceEntry, target: NamedTarget): boolean {
  return entry.service === target.service && (target.id === undefined || entry.instance.id === target.id)
}
