import type { Client } from '../../client/client.ts'
import { RollcallError } from '../../model/errors.ts'
import type { ForeignEntry, MalformedEntry } from '../../model/reading.ts'
import { foreignText } from '../../reports/foreign.ts'
import { isGlob } from '../../reports/glob.ts'
import { didYouMean } from '../../reports/near-names.ts'
import type { NamedTarget } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { amount } from '../../model/count.ts'
import { OtherMeaning } from './alternatives.ts'

/** What the registry has under the names of services that were asked for, and which other services it has. */
interface KnownNames {
  /** Services with instances. */
  readonly services: ReadonlySet<string>
  readonly ids: readonly string[]
  /** Records under the service that no client can use. */
  readonly malformed: readonly MalformedEntry[]
  /** Records of other programs under the service. */
  readonly foreign: readonly ForeignEntry[]
  /** Which records of the named services the user lacks permission to read. */
  readonly hidden: string | undefined
  /** The command that finds what the first name is, when it is not a service. */
  readonly otherwise: string | undefined
}

/** The error for a target that does not exist, with a suggestion. */
export async function targetNotFound(context: Context, { service, id }: NamedTarget): Promise<RollcallError> {
  const known = await look(context, [service], id === undefined ? service : `${service}/${id}`)
  const unread = known.malformed.find(({ problem }) => id !== undefined && problem.id === id)
  if (unread) {
    const { rawKeys } = (await context.client()).capabilities
    return new RollcallError('not-found', `${service}/${id} is not an instance: ${unread.problem.message}`, {
      hint: rawKeys
        ? `rollcall get --raw-key ${unread.record.id} shows it`
        : `rollcall check-keys ${service} explains it`,
    })
  }
  const other = known.foreign.find(({ record }) => id !== undefined && record.id.endsWith(`/${service}/${id}`))
  if (other) return anothers(other)
  if (id === undefined || !known.services.has(service)) return noInstance(service, known)
  if (known.hidden !== undefined) return unseen(`no instance ${id} of ${service}`, known.hidden)
  return new RollcallError('not-found', `${service} has no instance ${id}`, {
    hint: didYouMean(id, known.ids) ?? `rollcall ls ${service} lists its instances`,
  })
}

/** The error for a record of another program, which rollcall does not change. */
function anothers({ record, reading }: ForeignEntry): RollcallError {
  return new RollcallError('unsupported', `${record.id} is ${foreignText(reading)}: rollcall leaves it alone`, {
    hint: `rollcall get --raw-key ${record.id} shows it`,
  })
}

/** The error for named services or patterns that have no chosen instance. `selectHint` says why the selectors may have left all out. */
export async function servicesNotFound(
  context: Context,
  names: readonly string[],
  selectHint?: string,
): Promise<RollcallError> {
  const [first = ''] = names
  const known = await look(context, names)
  if (names.length === 1 && !known.services.has(first)) return noInstance(first, known)
  const all = names.join(', ')
  if (names.every((name) => known.services.has(name))) {
    return new RollcallError('not-found', `the selectors match no instance of ${all}`, {
      hint: selectHint ?? `rollcall ls ${names.join(' ')} shows all of them`,
    })
  }
  if (known.hidden !== undefined) return unseen(`no instance of ${all}`, known.hidden)
  const hint = names.map((name) => didYouMean(name, known.services)).find(Boolean) ?? 'rollcall ls lists the services'
  return new RollcallError('not-found', `no instance of ${all} is registered`, { hint })
}

function noInstance(service: string, { services, malformed, hidden, otherwise }: KnownNames): RollcallError {
  if (malformed.length > 0) {
    return new RollcallError(
      'not-found',
      `${service} has no instance: ${amount(malformed.length, 'record')} could not be read`,
      {
        hint: `rollcall check-keys ${service} says why`,
      },
    )
  }
  if (hidden !== undefined) return unseen(`no instance of ${service}`, hidden)
  return new RollcallError('not-found', `no instance of ${service} is registered`, {
    hint: otherwise ?? didYouMean(service, services) ?? 'rollcall ls lists the services',
  })
}

/** The error for an id that no service has. */
export async function idNotFound(context: Context, id: string): Promise<RollcallError> {
  const hidden = await (await context.client()).unreadable({}, context)
  if (hidden !== undefined) return unseen(`no instance with the id ${id}`, hidden)
  return new RollcallError('not-found', `no instance has the id ${id}`, {
    hint: 'rollcall ls --all lists the instances, rollcall check-keys the records that could not be read',
  })
}

/** The error for selectors that match no instance of any service. */
export async function nothingSelected(context: Context): Promise<RollcallError> {
  const hidden = await (await context.client()).unreadable({}, context)
  if (hidden !== undefined) return unseen('no matching instance', hidden)
  return new RollcallError('not-found', 'the selectors match no instance', { hint: 'rollcall ls --all lists them' })
}

/** Checks that targets taken for gone are not merely hidden. @throws RollcallError `forbidden` where they may be */
export async function requireSeen(context: Context, targets: readonly NamedTarget[]): Promise<void> {
  const services = [...new Set(targets.map(({ service }) => service))]
  if (services.length === 0) return
  const hidden = await (await context.client()).unreadable({ services }, context)
  if (hidden !== undefined) throw unseen(`no such instance of ${services.join(', ')}`, hidden)
}

/** The error when something was not seen, but may be hidden: then "not found" could be wrong. */
export function unseen(what: string, hidden: string): RollcallError {
  return new RollcallError('forbidden', `${what} can be seen: ${hidden}`, {
    hint: 'use credentials that can read it',
  })
}

async function look(context: Context, names: readonly string[], word = names[0] ?? ''): Promise<KnownNames> {
  const meaning = new OtherMeaning(word)
  const client = await context.client()
  const services = new Set<string>()
  const ids: string[] = []
  const malformed: MalformedEntry[] = []
  const foreign: ForeignEntry[] = []
  const scan = client.entries({}, { signal: context.signal })
  for await (const entry of scan) {
    meaning.add(entry)
    if (entry.is === 'instance') services.add(entry.service)
    if (entry.service !== names[0]) continue
    if (entry.is === 'instance') ids.push(entry.instance.id)
    else if (entry.is === 'malformed') malformed.push(entry)
    else foreign.push(entry)
  }
  if (services.size === 0) await client.backend.checkPlace?.({ signal: context.signal })
  const hidden = await hiddenOfAll(client, names, scan.unreadable, context.signal)
  return { services, ids, malformed, foreign, hidden, otherwise: meaning.hint() }
}

/** What is hidden of the named services; for a pattern, everything hidden, because a matching name may be among it. */
async function hiddenOfAll(
  client: Client,
  names: readonly string[],
  unreadable: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (unreadable === undefined || names.some(isGlob)) return unreadable
  return await client.unreadable({ services: names }, { signal })
}
