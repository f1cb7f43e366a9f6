import { rulesOf } from '../../backends/rules.ts'
import type { Client } from '../../client/client.ts'
import { skippedText } from '../../client/entries.ts'
import { type Look, checkEntries } from '../../lint/check.ts'
import type { Finding } from '../../lint/finding.ts'
import { selectRules } from '../../lint/select.ts'
import type { CheckedRecord } from '../../lint/subject.ts'
import type { ForeignReading } from '../../model/reading.ts'
import type { ReportFold } from '../../reports/fold.ts'
import { glob } from '../../reports/glob.ts'
import type { Context } from '../command.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import type { Listing } from '../select/listing.ts'

export interface LookAtOptions {
  /** Collects each service that has a record. */
  readonly seen?: Set<string>
  /** Collects each record of another program, on the first look only. */
  readonly foreign?: Pick<ReportFold<{ readonly reading: ForeignReading }, unknown>, 'add'>
  /** Counts the records read, anew on each look. */
  readonly progress: Pick<Progress, 'count'>
}

/** Returns what reads records with their readings, page by page, for the rules; it may be called several times. */
export function lookAt(
  context: Context,
  client: Client,
  listing: Listing,
  { seen = new Set(), foreign, progress }: LookAtOptions,
): Look {
  const tests = listing.services.map(glob)
  let looked = 0
  let isFirst = true
  return async function* look(services) {
    const scope = services ? { services } : listing.scope
    let unreadable: string | undefined
    let skipped: readonly string[] = []
    const reports = isFirst
    isFirst = false
    for await (const page of client.backend.scan(scope, { signal: context.signal, structure: true })) {
      unreadable = page.unreadable
      skipped = page.skipped ?? skipped
      looked += page.records.length
      progress.count(looked)
      const now = context.now()
      const batch: CheckedRecord[] = []
      for (const record of page.records) {
        if (tests.length > 0 && !tests.some((test) => test(record.service))) continue
        seen.add(record.service)
        const reading = client.backend.read(record, now)
        if (reports && reading.is === 'foreign') foreign?.add({ reading })
        batch.push({ record, reading })
      }
      yield batch
    }
    if (looked === 0) await client.backend.checkPlace?.({ signal: context.signal })
    if (unreadable !== undefined) context.logger.warn(unreadable)
    if (reports && skipped.length > 0) context.logger.warn(skippedText(skipped))
  }
}

/** The keys that these rules flag, each with its rule's code and message. @throws RollcallError `usage` for an unknown code */
export async function flaggedKeys(
  context: Context,
  client: Client,
  listing: Listing,
  codes: readonly string[],
): Promise<Map<string, string>> {
  const rules = selectRules(await rulesOf(client.target.driver), { only: codes })
  const { layout } = client.target
  const progress = startProgress(context, 'records checked')
  const check = checkEntries(lookAt(context, client, listing, { progress }), {
    rules,
    now: context.now(),
    ...(layout === 'auto' ? {} : { layout }),
  })
  const flagged = new Map<string, string>()
  try {
    for await (const findings of check)
      for (const { key, rule, message } of findings) if (!flagged.has(key)) flagged.set(key, `${rule}: ${message}`)
  } finally {
    await progress.stop()
  }
  return flagged
}

/** Findings whose leases are looked up together. */
const BATCH = 250
/** Other keys named in a finding: enough to recognise the process by, of thousands on one lease. */
const NAMED = 20

/** Some keys of each lease: one more than are named, because a finding's own key may be among them. */
type SomeKeys = ReadonlyMap<string, readonly string[]>

/** Adds to each finding other keys on its lease: what else the culprit's process has registered. */
export async function* withLeaseKeys(
  context: Context,
  client: Client,
  findings: AsyncIterable<readonly Finding[]>,
): AsyncGenerator<readonly Finding[]> {
  const crowded = new Map<string, readonly string[]>()
  const complete = async (batch: readonly Finding[]) => {
    const keys = await keysOf(context, client, batch, crowded)
    return batch.map((finding) => named(finding, keys))
  }
  let waiting: Finding[] = []
  for await (const some of findings) {
    waiting.push(...some)
    for (; waiting.length >= BATCH; waiting = waiting.slice(BATCH)) yield await complete(waiting.slice(0, BATCH))
  }
  yield await complete(waiting)
}

/** Keys of crowded leases are remembered, because the registry returns all of them on each request. */
async function keysOf(
  { signal }: Context,
  { backend }: Client,
  findings: readonly Finding[],
  crowded: Map<string, readonly string[]>,
): Promise<SomeKeys> {
  const leases = new Set(findings.flatMap(({ lease }) => lease ?? []))
  const unknown = [...leases].filter((lease) => !crowded.has(lease))
  const states = unknown.length > 0 ? await backend.leases?.(unknown, { signal }) : undefined
  const some = new Map<string, readonly string[]>()
  for (const lease of leases) {
    const keys = crowded.get(lease) ?? states?.get(lease)?.keys.slice(0, NAMED + 1) ?? []
    some.set(lease, keys)
    if (keys.length > NAMED) crowded.set(lease, keys)
  }
  return some
}

function named(finding: Finding, keys: SomeKeys): Finding {
  const others = keys.get(finding.lease ?? '')?.filter((key) => key !== finding.key) ?? []
  return others.length === 0 ? finding : { ...finding, otherKeys: others.slice(0, NAMED) }
}
