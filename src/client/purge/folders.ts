import type { Scope } from '../../backends/contract/backend.ts'
import type { Entry, MalformedEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Client } from '../client.ts'
import type { PurgeReasons } from './reasons.ts'

/** Nodes of services, and within them, that hold no record themselves, and of which nothing is left when the plan is done. */
export interface EmptyFolders {
  /** The deepest first; all of them after what lies below them. */
  readonly chosen: readonly { readonly entry: MalformedEntry; readonly reason: string }[]
  /** Which should go and cannot, a sentence each. */
  readonly notes: readonly string[]
  /** Of which a node was met. */
  readonly services: readonly string[]
}

/** What of a scope is looked at, and what of it is to go. */
export interface FolderSearch {
  readonly scope: Scope
  /** Whether the entry's service is meant. */
  readonly inScope: (entry: Entry) => boolean
  /** Whether the selectors choose it. */
  readonly selects: (entry: Entry) => boolean
  readonly reasons: PurgeReasons
  /** In milliseconds since 1970. */
  readonly now: number
  readonly signal?: AbortSignal
}

/** `removed`: what else the plan takes. Reads only. */
export async function emptyFolders(
  client: Client,
  { scope, inScope, selects, reasons, now, signal }: FolderSearch,
  removed: readonly RawRecord[],
): Promise<EmptyFolders> {
  if (!client.capabilities.folders || !mayTakeFolders(reasons)) return { chosen: [], notes: [], services: [] }
  const met: RawRecord[] = []
  const wanted: { entry: MalformedEntry; reason: string; below: number }[] = []
  for await (const { records } of client.backend.scan(scope, { structure: true, signal })) {
    for (const record of records) {
      const folder = folderIn(client, record, now)
      if (!folder || !inScope(asEntry(record))) continue
      met.push(record)
      const reason = reasonFor(client, reasons, { record, folder })
      if (reason === undefined || !selects(asEntry(record))) continue
      wanted.push({ entry: asEntry(record), reason, below: record.children ?? 0 })
    }
  }
  const services = met.map(({ service }) => service)
  return { ...withoutOccupied(wanted, removed), services }
}

function mayTakeFolders({ emptyNodes, malformed, flagged }: PurgeReasons): boolean {
  return [emptyNodes, malformed, flagged].some(Boolean)
}

function folderIn({ backend }: Client, record: RawRecord, now: number): 'service' | 'within' | undefined {
  const reading = backend.read(record, now)
  return reading.is === 'structure' ? reading.folder : undefined
}

function reasonFor(
  { target }: Client,
  { emptyNodes, malformed, flagged }: PurgeReasons,
  { record, folder }: { record: RawRecord; folder: 'service' | 'within' },
): string | undefined {
  const rule = flagged?.get(record.id)
  if (rule !== undefined) return rule
  if (malformed && folder === 'within' && target.layout !== 'kratos-scheme') return MISPLACED
  return emptyNodes ? EMPTY : undefined
}

const MISPLACED = 'a node without data is where an instance should be'
const EMPTY = 'nothing is below it'

function withoutOccupied(
  wanted: readonly { entry: MalformedEntry; reason: string; below: number }[],
  removed: readonly RawRecord[],
): Omit<EmptyFolders, 'services'> {
  const leaving = new Map<string, number>()
  const leave = ({ id }: RawRecord): void => {
    const above = id.slice(0, id.lastIndexOf('/'))
    leaving.set(above, (leaving.get(above) ?? 0) + 1)
  }
  for (const record of removed) leave(record)
  const chosen: { entry: MalformedEntry; reason: string }[] = []
  const notes: string[] = []
  for (const { entry, reason, below } of wanted.toSorted((a, b) => depthOf(b) - depthOf(a))) {
    const staying = below - (leaving.get(entry.record.id) ?? 0)
    if (staying <= 0) {
      leave(entry.record)
      chosen.push({ entry, reason })
    } else if (reason !== EMPTY) notes.push(`${entry.record.id} stays: ${staying} below it stay`)
  }
  return { chosen, notes }
}

function depthOf({ entry }: { entry: MalformedEntry }): number {
  return entry.record.id.split('/').length
}

/** It holds no instance, and selectors know its age alone. */
function asEntry(record: RawRecord): MalformedEntry {
  return { is: 'malformed', service: record.service, problem: { code: 'short-key', message: EMPTY }, record }
}
