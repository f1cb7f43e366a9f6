import type { Client } from '../../client/client.ts'
import { RollcallError } from '../../model/errors.ts'
import { ALL_RULES, rulesOf } from '../../backends/rules.ts'
import { ruleOf } from '../../lint/catalogue.ts'
import { type CheckOptions, type Counts, type Look, checkEntries } from '../../lint/check.ts'
import { explain } from '../../lint/explain.ts'
import { type Rule, SEVERITIES, type Severity } from '../../lint/rule.ts'
import { isAtLeast, selectRules } from '../../lint/select.ts'
import { verdicts } from '../../lint/verdicts.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { FINDING_FORMATS, findingWriter } from '../finding-writer.ts'
import { withLeaseKeys } from '../lease-keys.ts'
import { type Listing, readListing, unanswered } from '../listing.ts'
import { lookAt } from '../look.ts'
import { sayNeighbours } from '../neighbours.ts'
import { type OptionValues, list, toggle, value } from '../option.ts'
import { amount, parseOutput, verdictsTable } from '../output/index.ts'
import { printList } from '../print.ts'

const options = {
  rule: list('--rule <code>', 'only this rule; may be repeated'),
  ignore: list('--ignore <code>', 'not this rule; may be repeated'),
  severity: value('--severity <severity>', 'this and worse: error, warning, info', SEVERITIES),
  failOn: value('--fail-on <severity>', 'status 1 from which severity on: error, warning, never (error)', [
    'error',
    'warning',
    'never',
  ]),
  list: toggle('--list', 'every key with its verdict'),
  explain: value('--explain <code>', 'what a rule finds, why, and how to mend it'),
} as const

type Flags = OptionValues<typeof options>

export const checkKeys = command({
  name: 'check-keys',
  usage: '[service...]',
  summary: 'malformed and hazardous records, with cause, owner and fix',
  examples: [
    { line: 'rollcall check-keys', does: 'the whole registry' },
    { line: 'rollcall check-keys payments --severity warning', does: 'one service, without the style hints' },
    { line: 'rollcall check-keys --explain RC1001', does: 'what a rule means' },
    { line: 'rollcall check-keys -o sarif > findings.sarif', does: 'for code scanning' },
  ],
  notes: [
    'Status 1: findings at the threshold, or a service that is named and has no record. `rollcall purge --malformed` removes what has an error, after a backup.',
  ],
  options,
  async run(context, words, flags) {
    if (flags.explain !== undefined) {
      await context.io.stdout.write(explain(ruleOf(flags.explain, ALL_RULES)))
      return 0
    }
    return flags.list ? await listVerdicts(context, words, flags) : await listFindings(context, words, flags)
  },
})

/** What is to be checked, and by what. */
interface Task {
  readonly client: Client
  readonly look: Look
  readonly settings: CheckOptions & { readonly rules: readonly Rule[] }
  readonly failOn: Severity | 'never'
  /** The services met that have a record. */
  readonly seen: ReadonlySet<string>
  readonly listing: Listing
}

async function prepare(context: Context, words: readonly string[], flags: Flags): Promise<Task> {
  const listing = readListing(context, words, {})
  const client = await context.client()
  const rules = chosenRules(rulesOf(client.target.driver), flags)
  const { layout } = client.target
  const seen = new Set<string>()
  return {
    client,
    look: lookAt(context, client, listing, seen),
    settings: { rules, now: context.now(), ...(layout === 'auto' ? {} : { layout }) },
    failOn: (flags.failOn ?? 'error') as Task['failOn'],
    seen,
    listing,
  }
}

async function listFindings(context: Context, words: readonly string[], flags: Flags): Promise<number> {
  const output = parseOutput(context.globals, FINDING_FORMATS)
  const task = await prepare(context, words, flags)
  const { client, look, settings, failOn } = task
  const writer = await findingWriter(context, output, {
    rules: settings.rules,
    failOn,
    registry: client.target.display,
  })
  const findings = checkEntries(look, settings)
  for await (const finding of withLeaseKeys(context, client, findings)) await writer.row(finding)
  return await conclude(context, task, findings.counts, () => writer.end({ asOf: context.now() }))
}

async function listVerdicts(context: Context, words: readonly string[], flags: Flags): Promise<number> {
  const task = await prepare(context, words, flags)
  const writer = await printList(context, 'VerdictList', verdictsTable)
  const counts = { records: 0, error: 0, warning: 0, info: 0, ok: 0 }
  for await (const { record, verdict, findings } of verdicts(task.look, task.settings)) {
    counts.records++
    counts[verdict]++
    const rules = findings.map((finding) => finding.rule)
    await writer.row({ key: record.id, service: record.service, verdict, rules })
  }
  return await conclude(context, task, counts, () => writer.end({ asOf: context.now() }))
}

/** The last lines, and the status. */
async function conclude(
  context: Context,
  { listing, seen, failOn }: Task,
  counts: Counts,
  end: () => Promise<void>,
): Promise<number> {
  const missing = unanswered(listing, seen)
  if (missing.length > 0 && seen.size === 0) throw nothingUnder(missing)
  await end()
  if (counts.records === 0) await sayNeighbours(context)
  await context.say(summaryOf(counts))
  if (missing.length > 0) throw nothingUnder(missing)
  const fails = SEVERITIES.some((each) => failOn !== 'never' && isAtLeast(each, failOn) && counts[each] > 0)
  return fails ? 1 : 0
}

function chosenRules(rules: readonly Rule[], flags: Flags): Rule[] {
  const severity = flags.severity as Severity | undefined
  return selectRules(rules, { only: flags.rule, ignore: flags.ignore, ...(severity ? { severity } : {}) })
}

function summaryOf({ records, error, warning, info }: Counts): string {
  return `${amount(records, 'record')}: ${amount(error, 'error')}, ${amount(warning, 'warning')}, ${info} info`
}

function nothingUnder(words: readonly string[]): RollcallError {
  return new RollcallError('not-found', `no record lies under ${words.join(', ')}`, {
    hint: 'rollcall ls lists the services',
  })
}
