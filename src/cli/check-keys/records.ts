import { checkKeys } from '../../client/check/check-keys.ts'
import type { LookOptions } from '../../client/check/look.ts'
import type { LintCounts } from '../../lint/check.ts'
import type { Finding } from '../../lint/finding.ts'
import type { RuleSelection } from '../../lint/select.ts'
import type { ForeignReading } from '../../model/reading.ts'
import type { ReportFold } from '../../reports/fold.ts'
import { isOneOf } from '../../reports/glob.ts'
import type { Context } from '../command.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import type { Listing } from '../select/listing.ts'

interface Met {
  /** Collects each service that has a record. */
  readonly seen: Set<string>
  /** Collects each record of another program, on the first look only. */
  readonly foreign: Pick<ReportFold<{ readonly reading: ForeignReading }, unknown>, 'add'>
  /** Counts the records read, anew on each look. */
  readonly progress: Pick<Progress, 'count'>
}

/** How the records of a listing are read for the rules, while what is met is noted. */
export function notingOptions(context: Context, listing: Listing, { seen, foreign, progress }: Met): LookOptions {
  return {
    ...lookOptions(context, listing, progress),
    onRecord({ record, reading }, isFirst) {
      seen.add(record.service)
      if (isFirst && reading.is === 'foreign') foreign.add({ reading })
    },
  }
}

/** How a listing is read for the rules. */
function lookOptions(context: Context, { services, scope }: Listing, progress: Pick<Progress, 'count'>): LookOptions {
  return {
    scope,
    isMeant: isOneOf(services),
    now: () => context.now(),
    signal: context.signal,
    logger: context.logger,
    onProgress: (read: number) => progress.count(read),
  }
}

/** The keys that these rules flag, each with its rule's code and message. @throws RollcallError `usage` for an unknown code */
export async function flaggedKeys(
  context: Context,
  listing: Listing,
  codes: readonly string[],
): Promise<Map<string, string>> {
  const flagged = new Map<string, string>()
  await eachFinding(context, listing, {
    rules: { only: codes },
    onFinding({ key, rule, message }) {
      if (!flagged.has(key)) flagged.set(key, `${rule}: ${message}`)
    },
  })
  return flagged
}

interface Finds {
  readonly rules?: RuleSelection
  readonly onFinding: (finding: Finding) => void
}

/** Checks the records of a listing while it shows how far it is, and returns the counts. @throws RollcallError `usage` for an unknown code */
export async function eachFinding(
  context: Context,
  listing: Listing,
  { rules = {}, onFinding }: Finds,
): Promise<LintCounts> {
  const progress = startProgress(context, 'records checked')
  try {
    const check = await checkKeys(await context.client(), { ...lookOptions(context, listing, progress), rules })
    for await (const findings of check) for (const finding of findings) onFinding(finding)
    return check.counts
  } finally {
    await progress.stop()
  }
}
