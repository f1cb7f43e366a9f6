import { RollcallError } from '../../model/errors.ts'
import { CATALOGUE, ruleOf } from '../../lint/catalogue.ts'
import { type Counts, checkEntries } from '../../lint/check.ts'
import { explain } from '../../lint/explain.ts'
import { type Rule, SEVERITIES, type Severity } from '../../lint/rule.ts'
import { isAtLeast, selectRules } from '../../lint/select.ts'
import { verdicts } from '../../lint/verdicts.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { FINDING_FORMATS, findingWriter } from '../finding-writer.ts'
import { withLeaseKeys } from '../lease-keys.ts'
import { readListing } from '../listing.ts'
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
      await context.io.stdout.write(explain(ruleOf(flags.explain)))
      return 0
    }
    return flags.list ? await listVerdicts(context, words, flags) : await listFindings(context, words, flags)
  },
})

async function listFindings(context: Context, words: readonly string[], flags: Flags): Promise<number> {
  const rules = chosenRules(flags)
  const failOn = (flags.failOn ?? 'error') as Severity | 'never'
  const output = parseOutput(context.globals, FINDING_FORMATS)
  const client = await context.client()
  const writer = await findingWriter(context, output, { rules, failOn, registry: client.target.display })
  const listing = readListing(context, words, {})
  const check = checkEntries(lookAt(context, client, listing), {
    rules,
    now: context.now(),
    ...layoutOf(client.target.layout),
  })
  for await (const finding of withLeaseKeys(context, client, check)) await writer.row(finding)
  if (words.length > 0 && check.counts.records === 0) throw nothingUnder(words)
  await writer.end({ asOf: context.now() })
  if (check.counts.records === 0) await sayNeighbours(context)
  await context.say(summaryOf(check.counts))
  return SEVERITIES.some((severity) => failOn !== 'never' && isAtLeast(severity, failOn) && check.counts[severity] > 0)
    ? 1
    : 0
}

async function listVerdicts(context: Context, words: readonly string[], flags: Flags): Promise<number> {
  const rules = chosenRules(flags)
  const failOn = (flags.failOn ?? 'error') as Severity | 'never'
  const client = await context.client()
  const listing = readListing(context, words, {})
  const writer = await printList(context, 'VerdictList', verdictsTable)
  const counts: Counts & { ok: number } = { records: 0, error: 0, warning: 0, info: 0, ok: 0 }
  const settings = { rules, now: context.now(), ...layoutOf(client.target.layout) }
  for await (const { record, verdict, findings } of verdicts(lookAt(context, client, listing), settings)) {
    counts.records++
    counts[verdict]++
    await writer.row({
      key: record.id,
      service: record.service,
      verdict,
      rules: findings.map((finding) => finding.rule),
    })
  }
  if (words.length > 0 && counts.records === 0) throw nothingUnder(words)
  await writer.end({ asOf: context.now() })
  await context.say(`${summaryOf(counts)}, ${counts.ok} ok`)
  return SEVERITIES.some((severity) => failOn !== 'never' && isAtLeast(severity, failOn) && counts[severity] > 0)
    ? 1
    : 0
}

function chosenRules(flags: Flags): Rule[] {
  const severity = flags.severity as Severity | undefined
  return selectRules(CATALOGUE, { only: flags.rule, ignore: flags.ignore, ...(severity ? { severity } : {}) })
}

function layoutOf<Layout extends string>(layout: Layout | 'auto'): { layout?: Layout } {
  return layout === 'auto' ? {} : { layout }
}

function summaryOf({ records, error, warning, info }: Counts): string {
  return `${amount(records, 'record')}: ${amount(error, 'error')}, ${amount(warning, 'warning')}, ${info} info`
}

function nothingUnder(words: readonly string[]): RollcallError {
  return new RollcallError('not-found', `no record lies under ${words.join(', ')}`, {
    hint: 'rollcall ls lists the services',
  })
}
