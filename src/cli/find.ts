import type { Client } from '../client/client.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceEntry, MalformedEntry } from '../model/reading.ts'
import { didYouMean } from '../reports/near-names.ts'
import type { Context } from './context.ts'
import { type Target, readTargets } from './targets.ts'

export interface Wanted {
  readonly id?: string | undefined
  readonly detail?: boolean
}

/**
 * The instances that a command's words name; a service without an id names all of its instances.
 * @throws RollcallError `not-found` for a target that is not there, with near names; `ambiguous` for an `--id` under several services.
 */
export async function findInstances(
  context: Context,
  words: readonly string[],
  wanted: Wanted,
): Promise<InstanceEntry[]> {
  if (wanted.id !== undefined) return await findById(context, words, wanted.id, wanted.detail)
  const targets = await readTargets(context, words)
  if (targets.length === 0) {
    throw new RollcallError('usage', 'nothing is named', { hint: 'write <service>/<id>, or --id ID' })
  }
  const there = await entriesOf(await context.client(), targets, wanted.detail ?? false, context.signal)
  return targets.flatMap((target) => {
    const found = there.filter((entry) => isTarget(entry, target))
    if (found.length === 0) throw notThere(target, there)
    return found
  })
}

/** The record stored under one key, as `--raw-key` names it. @throws RollcallError `not-found`, `unsupported` */
export async function findRaw(context: Context, rawKey: string): Promise<InstanceEntry | MalformedEntry> {
  const client = await context.client()
  if (!client.capabilities.rawKeys) {
    throw new RollcallError('unsupported', `${client.target.driver} has no stored keys`, {
      hint: 'name it as <service>/<id>',
    })
  }
  for await (const entry of client.entries({ rawKey }, { detail: true, signal: context.signal })) return entry
  throw new RollcallError('not-found', `there is no key ${rawKey}`, {
    hint: 'rollcall check-keys --list shows every key',
  })
}

/** For writes: refuses where one instance lies in several places. */
export function requireOnePlace(entries: readonly InstanceEntry[]): readonly InstanceEntry[] {
  const seen = new Map<string, InstanceEntry>()
  for (const entry of entries) {
    const name = `${entry.service}/${entry.instance.id}`
    const other = seen.get(name)
    if (other) {
      const places = [other, entry].map((each) => each.records.map((record) => record.id).join(', '))
      throw new RollcallError('ambiguous', `${name} lies in several places: ${places.join(' and ')}`, {
        hint: 'narrow with --prefix, --layout or --namespace',
      })
    }
    seen.set(name, entry)
  }
  return entries
}

async function findById(
  context: Context,
  words: readonly string[],
  id: string,
  detail = false,
): Promise<InstanceEntry[]> {
  const [service, ...rest] = words
  if (rest.length > 0)
    throw new RollcallError('usage', '--id goes with one service at most', { hint: 'or name <service>/<id>' })
  const client = await context.client()
  const found = await client.find(service === undefined ? { id } : { service, id }, { detail, signal: context.signal })
  if (found.length === 0) {
    throw new RollcallError('not-found', `no instance has the id ${id}`, { hint: 'rollcall ls --all lists them' })
  }
  const services = new Set(found.map((entry) => entry.service))
  if (services.size <= 1) return found
  throw new RollcallError('ambiguous', `the id ${id} is under several services: ${[...services].join(', ')}`, {
    hint: `name one: ${[...services].map((name) => `${name}/${id}`).join(' or ')}`,
  })
}

async function entriesOf(
  client: Client,
  targets: readonly Target[],
  detail: boolean,
  signal: AbortSignal,
): Promise<InstanceEntry[]> {
  const services = [...new Set(targets.map((target) => target.service))]
  const found: InstanceEntry[] = []
  for await (const entry of client.entries({ services }, { detail, signal })) {
    if (entry.is === 'instance') found.push(entry)
  }
  return found
}

function isTarget(entry: InstanceEntry, target: Target): boolean {
  return entry.service === target.service && (target.id === undefined || entry.instance.id === target.id)
}

function notThere({ service, id }: Target, there: readonly InstanceEntry[]): RollcallError {
  const ids = there.filter((entry) => entry.service === service).map((entry) => entry.instance.id)
  if (id === undefined || ids.length === 0) {
    return new RollcallError('not-found', `no instance of ${service} is registered`, {
      hint: 'rollcall ls lists the services',
    })
  }
  return new RollcallError('not-found', `${service} has no instance ${id}`, {
    hint: didYouMean(id, ids) ?? `rollcall ls ${service} lists its instances`,
  })
}
