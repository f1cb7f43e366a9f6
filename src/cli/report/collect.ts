import type { LintCounts } from '../../lint/check.ts'
import type { Finding } from '../../lint/finding.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { isOneOf } from '../../reports/glob.ts'
import { type HistoryItem, type HistorySummary, historySummary } from '../../reports/history.ts'
import { type HostItem, hosts as hostsOf } from '../../reports/hosts.ts'
import { type InstanceItem, instanceItem } from '../../reports/instances.ts'
import { type Stats, stats as statsOf } from '../../reports/stats.ts'
import { eachFinding } from '../check-keys/records.ts'
import type { Context } from '../command.ts'
import { journalOf } from '../select/journal.ts'
import { ChosenEntries, type Listing, unanswered } from '../select/listing.ts'
import { servicesNotFound } from '../select/not-found.ts'
import { Latest, Worst } from './kept.ts'

/** What a report is about. Of long lists it has the part that matters most, and how many there are. */
export interface Findings {
  readonly worst: readonly Finding[]
  readonly counts: LintCounts
}

/** The instances that are not up. */
export interface Sick {
  readonly some: readonly InstanceItem[]
  readonly all: number
}

/** What a journal tells: the latest events, oldest first. Times are RFC 3339. */
export interface Told {
  readonly begins: string | undefined
  readonly since: string
  readonly latest: readonly HistoryItem[]
  readonly all: number
  readonly summary: HistorySummary
}

export interface Report {
  /** The registry for people, without secrets. */
  readonly registry: string
  /** The services that were asked for; empty: all. */
  readonly services: readonly string[]
  /** Milliseconds since 1970. */
  readonly asOf: number
  readonly revision: string | undefined
  readonly stats: Stats
  readonly hosts: readonly HostItem[]
  readonly sick: Sick
  readonly findings: Findings
  /** Undefined where there is no journal. */
  readonly history: Told | undefined
}

/** So many rows of one kind: what a person may still read, and a mail may still hold. */
export const MOST = 1_000

export interface ReportRequest {
  readonly listing: Listing
  readonly journal: string | undefined
  /** Milliseconds since 1970. */
  readonly since: number
}

/** Reads the registry twice, once by instances and once by keys, and then the journal. */
export async function collect(context: Context, { listing, journal, since }: ReportRequest): Promise<Report> {
  const client = await context.client()
  // Before the registry is read: a journal that is not there is said at once.
  const history = await told(context, listing, journal, since)
  const entries = new ChosenEntries(context, listing, { silent: true })
  const [stats, hosts] = [statsOf(), hostsOf()]
  const some: InstanceItem[] = []
  let all = 0
  for await (const batch of entries.batches()) {
    for (const entry of batch) {
      stats.add(entry)
      hosts.add(entry)
      if (!isSick(entry)) continue
      all++
      if (some.length < MOST) some.push(instanceItem(entry))
    }
  }
  const missing = unanswered(listing, entries.services)
  if (missing.length > 0) throw await servicesNotFound(context, missing, entries.nearVersion)
  return {
    registry: client.target.display,
    services: listing.services,
    asOf: context.now(),
    revision: entries.revision,
    stats: stats.result(),
    hosts: hosts.result(),
    sick: { some, all },
    findings: await found(context, listing),
    history,
  }
}

function isSick(entry: { readonly is: string }): entry is InstanceEntry {
  return entry.is === 'instance' && (entry as InstanceEntry).observed.status !== 'up'
}

async function found(context: Context, listing: Listing): Promise<Findings> {
  const worst = new Worst<Finding>(MOST)
  const counts = await eachFinding(context, listing, { onFinding: (finding) => worst.add(finding) })
  return { worst: worst.result(), counts }
}

async function told(
  context: Context,
  { services }: Listing,
  path: string | undefined,
  since: number,
): Promise<Told | undefined> {
  const wanted = isOneOf(services)
  const summary = historySummary()
  const latest = new Latest<HistoryItem>(MOST)
  let begins: string | undefined
  try {
    const journal = await journalOf(context, path, {})
    for await (const line of journal.read({ since })) {
      if ('journal' in line) begins = line.journal.begins
      if (!('event' in line) || line.event.type === 'synced' || !wanted(line.event.service)) continue
      summary.add(line.event)
      latest.add(line.event)
    }
  } catch (error) {
    // Most registries keep none, and nobody asked for one.
    if (path === undefined && error instanceof RollcallError && error.code === 'unsupported') return undefined
    throw error
  }
  return {
    begins,
    since: new Date(since).toISOString(),
    latest: latest.result(),
    all: latest.all,
    summary: summary.result(),
  }
}
