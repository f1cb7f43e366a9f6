import type { Client } from '../../client/client.ts'
import { unreadableIn } from '../../client/entries.ts'
import { RollcallError } from '../../model/errors.ts'
import type { ForeignEntry, MalformedEntry } from '../../model/reading.ts'
import { foreignText } from '../../reports/foreign.ts'
import { isGlob } from '../../reports/glob.ts'
import { didYouMean } from '../../reports/near-names.ts'
import type { NamedTarget } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { amount } from '../output/text.ts'
import { OtherMeaning } from './alternatives.ts'

/** What a registry has of a service's name, and of its neighbours'. */
interface KnownNames {
  /** Services with instances. */
  readonly services: ReadonlySet<string>
  readonly ids: readonly string[]
  /** Records under the service that no client can use. */
  readonly malformed: readonly MalformedEntry[]
  /** Records of other programs under the service. */
  readonly foreign: readonly ForeignEntry[]
  /** What may not be seen of the services that were named. */
  readonly hidden: string | undefined
  /** The command that finds what the first name is, where that is no service. */
  readonly otherwise: string | undefined
}

/** For a target that is not there: the answer is no, with what may have been meant. */
export async function targetNotFound(context: Context, { service, id }: NamedTarget): Promise<RollcallError> {
  const known = await look(context, [service], id === undefined ? service : `${service}/${id}`)
  const unread = known.malformed.find(({ problem }) => id !== undefined && problem.id === id)
  if (unread) {
    const { rawKeys } = (await context.client()).capabilities
    return new RollcallError('not-found', `${service}/${id} is no instance: ${unread.problem.message}`, {
      hint: rawKeys
        ? `rollcall get --raw-key ${unread.record.id} shows it`
        : `rollcall check-keys ${service} says more`,
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

/** It is there, and not for rollcall to change. */
function anothers({ record, reading }: ForeignEntry): RollcallError {
  return new RollcallError('unsupported', `${record.id} is ${foreignText(reading)}: rollcall leaves it alone`, {
    hint: `rollcall get --raw-key ${record.id} shows it`,
  })
}

/** For services or patterns that were named and have nothing to show. `selectHint`: why the selectors may have left all of it out. */
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
    return new RollcallError('not-found', `no instance of ${all} is selected`, {
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

/** For an id that no service has. */
export async function idNotFound(context: Context, id: string): Promise<RollcallError> {
  const hidden = await unreadableIn(await context.client(), {}, context.signal)
  if (hidden !== undefined) return unseen(`no instance with the id ${id}`, hidden)
  return new RollcallError('not-found', `no instance has the id ${id}`, {
    hint: 'rollcall ls --all lists them, check-keys what could not be read',
  })
}

/** For selectors that choose nothing of all services. */
export async function nothingSelected(context: Context): Promise<RollcallError> {
  const hidden = await unreadableIn(await context.client(), {}, context.signal)
  if (hidden !== undefined) return unseen('no selected instance', hidden)
  return new RollcallError('not-found', 'no instance is selected', { hint: 'rollcall ls --all lists them' })
}

/** For what is taken for gone. @throws RollcallError `forbidden` where it may only be hidden */
export async function requireSeen(context: Context, targets: readonly NamedTarget[]): Promise<void> {
  const services = [...new Set(targets.map(({ service }) => service))]
  if (services.length === 0) return
  const hidden = await unreadableIn(await context.client(), { services }, context.signal)
  if (hidden !== undefined) throw unseen(`no such instance of ${services.join(', ')}`, hidden)
}

/** It may be there: then "no" would be a lie. */
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
  const hidden = await hiddenOfAll(client, names, scan.partial, context.signal)
  return { services, ids, malformed, foreign, hidden, otherwise: meaning.hint() }
}

/** What is hidden of these: of a pattern, all that is, since a name that fits may be among it. */
async function hiddenOfAll(
  client: Client,
  names: readonly string[],
  partial: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (partial === undefined || names.some(isGlob)) return partial
  return await unreadableIn(client, { services: names }, signal)
}
