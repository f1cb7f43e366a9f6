import { advice } from '../../model/wording.ts'
import { resolve } from 'node:path'
import type { Target } from '../../backends/contract/driver.ts'
import { RollcallError } from '../../model/errors.ts'
import type { HistoryItem, PastInstance } from '../../reports/history.ts'
import type { InstanceItem } from '../../reports/instances.ts'
import type { Client } from '../client.ts'
import { type JournalLine, type HistoryQuery, journalLines } from './lines.ts'

/** Where a history is read: from a file, or from the server that keeps it. */
export interface Journal {
  read(query: HistoryQuery): AsyncIterable<JournalLine>
}

/**
 * The journal in a file, which is opened when it is read. `now`: milliseconds since 1970. Reading it throws a RollcallError: `unreachable`
 * where there is none, `storage` for another file, `history-lost` for a time before it begins.
 */
export function fileJournal(path: string, now: () => number): Journal {
  return { read: (query) => journalLines(path, query, now()) }
}

/**
 * The journal that the server of a registry keeps; `services`: only these, all where there is none.
 * @throws RollcallError `unsupported` where the registry is not such a server
 */
export function servedJournal({ backend, target }: Client, services: readonly string[], signal: AbortSignal): Journal {
  if (!backend.journal)
    throw new RollcallError('unsupported', `${target.display} keeps no journal`, {
      hint: advice('journalFile'),
    })
  const ask = backend.journal.bind(backend)
  return { read: (query) => linesFrom(ask({ ...query, services, signal })) }
}

/** How a journal names its registry. */
export function registryName({ driver, display, url, prefix, layout, namespace, allNamespaces }: Target): string {
  const place = driver === 'local' && url.scheme === 'file' ? `file:${resolve(url.path)}` : display
  const parts = {
    prefix,
    layout: layout === 'auto' ? undefined : layout,
    namespace: allNamespaces ? 'all' : namespace,
  }
  const named = Object.entries(parts).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
  return [place, ...named].join(', ')
}

async function* linesFrom(answers: AsyncIterable<object>): AsyncGenerator<JournalLine, void, undefined> {
  for await (const answer of answers) {
    const line = lineFrom(answer)
    if (line) yield line
  }
}

type Fields = Readonly<Record<string, unknown>>

/** A line of another rollcall; undefined for anything that is none. */
function lineFrom(answer: object): JournalLine | undefined {
  const { journal, event, malformed, instance } = answer as Fields
  if (isObject(journal)) {
    const { registry, begins, until } = journal
    return isTime(begins) && isTime(until) ? { journal: { registry: String(registry), begins, until } } : undefined
  }
  if (isItem(event)) return { event }
  if (isItem(malformed)) return { malformed }
  return isPast(instance) ? { instance } : undefined
}

const TYPES = ['added', 'updated', 'removed', 'malformed', 'gap', 'synced']

function isItem(value: unknown): value is HistoryItem {
  if (!isObject(value)) return false
  const { type, at, until, since, service, id, instance, changes, message, key } = value
  const areTexts = [service, id, message, key].every((each) => each === undefined || typeof each === 'string')
  const areTimes = [until, since].every((each) => each === undefined || isTime(each))
  const hasChanges = changes === undefined || (Array.isArray(changes) && changes.every(isObject))
  const isWhole = isTime(at) && areTexts && areTimes && hasChanges && (instance === undefined || isInstance(instance))
  return isWhole && TYPES.some((each) => each === type)
}

function isPast(value: unknown): value is PastInstance {
  return isObject(value) && typeof value['service'] === 'string' && isInstance(value['instance'])
}

function isInstance(value: unknown): value is InstanceItem {
  if (!isObject(value)) return false
  const { id, name, version, metadata, endpoints, status, keys } = value
  const areLists = [endpoints, keys].every(
    (each) => Array.isArray(each) && each.every((one) => typeof one === 'string'),
  )
  return [id, name, version, status].every((each) => typeof each === 'string') && areLists && isObject(metadata)
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
