import { rulesOf } from '../../backends/rules.ts'
import type { JudgeOptions } from '../../client/check/check-keys.ts'
import type { Client } from '../../client/client.ts'
import type { LintCounts } from '../../lint/check.ts'
import { type Rule, SEVERITIES, type Severity } from '../../lint/rule.ts'
import { type RuleSelection, isAtLeast, selectRules } from '../../lint/select.ts'
import { RollcallError } from '../../model/errors.ts'
import type { ForeignReading } from '../../model/reading.ts'
import { type Baseline, BaselineTally } from '../../reports/baseline.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import type { ReportFold } from '../../reports/fold.ts'
import { type ForeignKeys, foreignKeys } from '../../reports/foreign.ts'
import { type OptionValues, list, toggle, value } from '../args/options.ts'
import type { Context } from '../command.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'
import { sayForeign, sayAlternatives } from '../select/alternatives.ts'
import { type Listing, readListing, unanswered } from '../select/listing.ts'
import { notingOptions } from './records.ts'

/** One run of check-keys: which records, which rules, and what was met. */
export interface Task {
  readonly client: Client
  /** What is read, by which rules, and what is noted of it. */
  readonly judging: JudgeOptions
  /** Those that are asked for. */
  readonly rules: readonly Rule[]
  readonly failOn: Severity | 'never'
  readonly listing: Listing
  /** Services that have a record. */
  readonly seen: ReadonlySet<string>
  /** Counts the findings that the baseline expects. */
  readonly expected: BaselineTally
  /** Records of other programs. */
  readonly foreign: ReportFold<{ readonly reading: ForeignReading }, ForeignKeys>
}

interface Preparation {
  readonly flags: CheckFlags
  readonly progress: Progress
  readonly baseline: Baseline
}

/** What the words and flags ask for. @throws RollcallError `usage` for flags that are not valid */
export async function prepare(
  context: Context,
  words: readonly string[],
  { flags, progress, baseline }: Preparation,
): Promise<Task> {
  const listing = readListing(context, words, {})
  const client = await context.client()
  const rules = chosenRules(await rulesOf(client.target.driver), flags)
  const seen = new Set<string>()
  const foreign = foreignKeys()
  const expected = new BaselineTally(baseline, context.now())
  return {
    client,
    judging: {
      ...notingOptions(context, listing, { seen, foreign, progress }),
      rules: selectionFrom(flags),
      isExpected: (finding) => expected.isExpected(finding),
    },
    rules,
    expected,
    failOn: failOnOf(flags),
    listing,
    seen,
    foreign,
  }
}

/** Prints the last lines and returns the exit status. @throws RollcallError `not-found` for a named service that has no record */
export async function conclude(
  context: Context,
  { client, listing, seen, foreign, failOn, expected }: Task,
  counts: LintCounts,
  end: () => Promise<void>,
): Promise<number> {
  const missing = unanswered(listing, seen)
  if (missing.length > 0 && seen.size === 0) throw nothingUnder(missing)
  await end()
  if (counts.records === 0) await sayAlternatives(context)
  await context.say(summaryOf(counts, expected))
  await sayForeign(context, client, foreign.result())
  if (missing.length > 0) throw nothingUnder(missing)
  return fails(counts, failOn) ? 1 : 0
}

/** Does the work with its progress shown below its output. */
export async function withProgress<Result>(
  context: Context,
  work: (shown: Context, progress: Progress) => Promise<Result>,
): Promise<Result> {
  const progress = startProgress(context, 'records checked')
  const io = { ...context.io, stdout: progress.above(context.io.stdout) }
  try {
    return await work({ ...context, io }, progress)
  } finally {
    await progress.stop()
  }
}

export function failOnOf({ failOn = 'error' }: Pick<CheckFlags, 'failOn'>): Task['failOn'] {
  return failOn as Task['failOn']
}

/** Whether there is a finding at the threshold. */
export function fails(counts: LintCounts, failOn: Task['failOn']): boolean {
  return SEVERITIES.some((each) => failOn !== 'never' && isAtLeast(each, failOn) && counts[each] > 0)
}

/** The rules that the flags leave. @throws RollcallError `usage` for an unknown code */
export function chosenRules(rules: readonly Rule[], flags: CheckFlags): Rule[] {
  return selectRules(rules, selectionFrom(flags))
}

function selectionFrom(flags: CheckFlags): RuleSelection {
  const severity = flags.severity as Severity | undefined
  return {
    only: commaSeparated(flags.rule, '--rule'),
    ignore: commaSeparated(flags.ignore, '--ignore'),
    ...(severity ? { severity } : {}),
  }
}

function summaryOf(counts: LintCounts, { known, suppressed }: BaselineTally): string {
  const expected = [known > 0 ? `${known} known` : '', suppressed > 0 ? `${suppressed} suppressed` : '']
  return [tallyText(counts), expected.filter(Boolean).join(', ')].filter(Boolean).join('; ')
}

/** `12 records: 1 error, 2 warnings, 0 info`. */
export function tallyText({ records, error, warning, info }: LintCounts): string {
  return `${amount(records, 'record')}: ${amount(error, 'error')}, ${amount(warning, 'warning')}, ${info} info`
}

/** The error for services without a record. */
export function nothingUnder(words: readonly string[]): RollcallError {
  return new RollcallError('not-found', `there are no records of ${words.join(', ')}`, {
    hint: 'rollcall ls lists the services',
  })
}

export const checkOptions = {
  rule: list('--rule <code>', 'only this rule; may be repeated, or several with commas'),
  ignore: list('--ignore <code>', 'not this rule; may be repeated, or several with commas'),
  severity: value('--severity <severity>', 'only this severity and worse: error, warning, info', SEVERITIES),
  failOn: value('--fail-on <severity>', 'lowest severity that gives status 1: error, warning, never (error)', [
    'error',
    'warning',
    'never',
  ]),
  baseline: value('--baseline <file>', 'findings that this file has are known: not shown, and no failure'),
  writeBaseline: toggle('--write-baseline', 'make the findings of now the known ones of --baseline'),
  list: toggle('--list', 'every key with its verdict'),
  listRules: toggle('--list-rules', 'every rule that there is, with its severity'),
  explain: value('--explain <code>', 'what a rule finds, why, and how to fix it'),
} as const

export type CheckFlags = OptionValues<typeof checkOptions>
