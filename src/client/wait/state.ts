import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import type { WaitCondition, WaitService } from './condition.ts'

/** How things stood when they were last looked at. */
export interface WaitState {
  /** In the order of the condition. */
  readonly services: readonly ServiceState[]
  /** Which conditions do not hold, as one sentence with the names of the services; undefined when all hold. */
  readonly failed: string | undefined
  /** There is something that ends the wait. */
  readonly isHopeless: boolean
}

/** One service of a wait. */
export interface ServiceState {
  readonly service: string
  /** The instances that match, ordered by service and id. */
  readonly entries: readonly InstanceEntry[]
  readonly counted: number
  /** How many would count without the selection. */
  readonly candidates: number
  /** What the others of these are, and how many, the most frequent first. */
  readonly others: Readonly<Record<string, number>>
  /** Why the condition does not hold, as one sentence without the name; undefined when it holds. */
  readonly failed: string | undefined
  /** What ends the wait: under `malformed` the keys of records, under a status the ids of instances. Absent where nothing does. */
  readonly failedOn?: Readonly<Record<string, readonly string[]>>
}

const NAMED = 5

/** Holds the condition against all instances and malformed records of its services. */
export function stateOf(
  entries: readonly InstanceEntry[],
  malformed: readonly MalformedEntry[],
  condition: WaitCondition,
): WaitState {
  return together(
    condition.services.map((service) =>
      serviceState(
        service,
        {
          entries: entries.filter((entry) => service.test(entry.service)),
          malformed: malformed.filter((entry) => service.test(entry.service)),
        },
        condition,
      ),
    ),
  )
}

/** The state in which each service says why it does not hold, by what it is otherwise: `not yet for 10s`. */
export function failingBy(state: WaitState, condition: WaitCondition, why: (words: string) => string): WaitState {
  return together(state.services.map((each) => ({ ...each, failed: why(inWords(each, condition)) })))
}

/** Whether instances that cannot be seen could make a difference to the result. */
export function isUncertain({ services, failed, isHopeless }: WaitState, { max, failOn }: WaitCondition): boolean {
  if (isHopeless) return false
  if (failed === undefined) return max !== undefined || failOn !== undefined
  return services.some((each) => each.failed !== undefined && each.entries.length === 0)
}

function together(services: readonly ServiceState[]): WaitState {
  const failing = services.filter(({ failed }) => failed !== undefined)
  return {
    services,
    failed: failing.length === 0 ? undefined : failing.map(({ service, failed }) => `${service}: ${failed}`).join('; '),
    isHopeless: services.some(({ failedOn }) => failedOn !== undefined),
  }
}

interface Found {
  readonly entries: readonly InstanceEntry[]
  readonly malformed: readonly MalformedEntry[]
}

function serviceState({ name }: WaitService, { entries: all, malformed }: Found, condition: WaitCondition) {
  const { selection } = condition
  const entries = selection ? all.filter((entry) => selection.test(entry)) : all
  const counted = entries.filter((entry) => counts(condition, entry)).length
  const candidates = all.filter((entry) => counts(condition, entry)).length
  const others = selection ? tally(unselected(all, condition), selection.differenceOf) : {}
  const bad = badOf(entries, malformed, condition)
  const state = { service: name, entries, counted, candidates, others }
  if (bad.length === 0) return { ...state, failed: failureOf(state, condition) }
  const words = bad.map(([what, names]) => `${what}: ${someOf(names)}`)
  return {
    ...state,
    failed: [inWords(state, condition), ...words].join('; '),
    failedOn: Object.fromEntries(bad),
  }
}

/** What must not be there, and is: names by what is wrong with them. */
function badOf(
  entries: readonly InstanceEntry[],
  malformed: readonly MalformedEntry[],
  { failOn }: WaitCondition,
): (readonly [what: string, names: readonly string[]])[] {
  if (!failOn) return []
  const withStatus = failOn.statuses.map(
    (status) =>
      [
        status,
        entries.filter(({ observed }) => observed.status === status).map(({ instance }) => instance.id),
      ] as const,
  )
  const keys = failOn.malformed ? malformed.map(({ record }) => record.id) : []
  return [['malformed', keys] as const, ...withStatus].filter(([, names]) => names.length > 0)
}

/** What is not as it is to be: `0 of 10 up match version=v9 (v1.4.2 ×7, v1.4.1 ×3), at least 3 wanted`. */
function failureOf(state: Omit<ServiceState, 'failed'>, condition: WaitCondition): string | undefined {
  const { min, max = Number.POSITIVE_INFINITY } = condition
  if (state.counted < min) {
    const rest = [...listed(state.others), ...statusWords(state.entries, condition)]
    const why = rest.length > 0 ? ` (${rest.join(', ')})` : ''
    return `${inWords(state, condition)}${why}, at least ${min} wanted`
  }
  return state.counted <= max ? undefined : `${inWords(state, condition)}, at most ${max} wanted`
}

/** `2 up`, `none up`, `0 of 10 up match version=v9`. */
function inWords(
  { counted, candidates }: Pick<ServiceState, 'counted' | 'candidates'>,
  { statuses, selection }: WaitCondition,
): string {
  const kind = statuses?.join(' or ')
  if (selection && candidates > 0) return `${counted} of ${candidates} ${kind ?? 'instances'} match ${selection.words}`
  if (kind !== undefined) return `${counted || 'none'} ${kind}`
  return counted === 0 ? 'no instance' : `${counted} instance${counted === 1 ? '' : 's'}`
}

function counts({ statuses }: WaitCondition, { observed }: InstanceEntry): boolean {
  return statuses?.includes(observed.status) ?? true
}

/** What would count, but for the selectors. */
function unselected(all: readonly InstanceEntry[], condition: WaitCondition): InstanceEntry[] {
  return all.filter((entry) => counts(condition, entry) && !condition.selection?.test(entry))
}

/** `2 down`: those that the selectors fit and whose status does not count. */
function statusWords(entries: readonly InstanceEntry[], condition: WaitCondition): string[] {
  const uncounted = entries.filter((entry) => !counts(condition, entry))
  const match = condition.selection ? ' match' : ''
  return Object.entries(tally(uncounted, ({ observed }) => observed.status)).map(
    ([status, count]) => `${count} ${status}${match}`,
  )
}

/** The most frequent first. */
function tally(entries: readonly InstanceEntry[], of: (entry: InstanceEntry) => string): Record<string, number> {
  const counted = new Map<string, number>()
  for (const entry of entries) counted.set(of(entry), (counted.get(of(entry)) ?? 0) + 1)
  return Object.fromEntries([...counted].sort(([, a], [, b]) => b - a))
}

function listed(counted: Readonly<Record<string, number>>): string[] {
  const words = Object.entries(counted).map(([what, count]) => `${what} ×${count}`)
  const more = words.length - NAMED
  return more > 0 ? [...words.slice(0, NAMED), `and ${more} more`] : words
}

function someOf(names: readonly string[]): string {
  return names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and others` : names.join(', ')
}
