import { allRules } from '../../backends/rules.ts'
import { ruleOf } from '../../lint/catalogue.ts'
import type { LintCounts } from '../../lint/check.ts'
import { explain } from '../../lint/explain.ts'
import type { RuleText } from '../../lint/rule.ts'
import { RollcallError } from '../../model/errors.ts'
import { type Baseline, EMPTY_BASELINE } from '../../reports/baseline.ts'
import { baselineFrom, writeBaseline } from '../check-keys/baseline.ts'
import { checkKeys as check, judgeKeys } from '../../client/check/check-keys.ts'
import {
  type CheckFlags,
  type Task,
  checkOptions,
  chosenRules,
  conclude,
  prepare,
  withProgress,
} from '../check-keys/task.ts'
import { type Context, command } from '../command.ts'
import { toneOfSeverity } from '../output/colours.ts'
import type { ListFacts, TableOf } from '../output/columns.ts'
import { FINDING_FORMATS, findingWriter } from '../output/findings.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { SARIF_RESULTS } from '../output/sarif.ts'
import { grouped } from '../../model/count.ts'
import { verdictItem, verdictsTable } from '../output/verdicts.ts'

export const checkKeys = command({
  name: 'check-keys',
  usage: '[service...]',
  examples: [
    { line: 'rollcall check-keys', does: 'the whole registry' },
    { line: 'rollcall check-keys payments --severity warning', does: 'one service, without style hints' },
    { line: 'rollcall check-keys --rule RC1001 -o wide', does: 'with lease, owner and fix: the way to the culprit' },
    { line: 'rollcall check-keys --explain RC1001', does: 'what a rule means' },
    {
      line: 'rollcall check-keys --baseline known.yaml --write-baseline',
      does: 'what is there now is known; from then on --baseline known.yaml fails for what is new',
    },
    { line: 'rollcall check-keys -o sarif > findings.sarif', does: 'for code scanning' },
  ],
  notes: [
    'HOSTS shows the hosts in the endpoints of the record: where the process that wrote it runs. -o wide adds service, id, lease, owner and fix; -o json also the other keys of the lease. `rollcall get --raw-key KEY` shows the record itself.',
    'A baseline is YAML or JSON: under known, keys by rule, as --write-baseline writes them; under suppressions, a list with rule, key (a name or glob, or several), reason and until, the last day on which it holds. `rollcall schema Baseline` describes it. --write-baseline replaces what is known by what this run finds, and keeps the rest of the file.',
    'Status 1: there are findings at the --fail-on threshold, or a named service has no records. `rollcall purge --malformed` removes records that have an error, after a backup.',
  ],
  options: checkOptions,
  async several(context, registries, words, flags) {
    const { checkSeveral } = await import('../several/check-keys.ts')
    return await checkSeveral(context, registries, words, flags)
  },
  async run(context, words, flags) {
    const { explain: code, baseline, writeBaseline: writes, list, listRules: rules } = flags
    if ([code !== undefined, list, rules, writes].filter(Boolean).length > 1) {
      throw new RollcallError('usage', '--explain, --list, --list-rules and --write-baseline exclude each other', {
        hint: 'pass one of them',
      })
    }
    if (rules) return await listRules(context, words, flags)
    if (writes) {
      if (baseline === undefined || baseline === '-') {
        throw new RollcallError('usage', '--write-baseline needs a file in --baseline', {
          hint: 'rollcall check-keys --baseline FILE --write-baseline',
        })
      }
      return await withProgress(context, (_, progress) =>
        writeBaseline(context, words, { flags, path: baseline, progress }),
      )
    }
    if (code !== undefined) {
      await context.io.stdout.write(explain(ruleOf(code, await allRules())))
      return 0
    }
    return list ? await listVerdicts(context, words, flags) : await listFindings(context, words, flags)
  },
})

/** Writes findings as they are found; returns the exit status. */
export async function listFindings(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  const output = parseOutput(context.globals, FINDING_FORMATS)
  return await withProgress(context, async (shown, progress) => {
    const task = await prepare(shown, words, { flags, progress, baseline: await baselineOf(context, flags) })
    const { client, judging, rules, failOn } = task
    const writer = await findingWriter(shown, output, { rules, failOn, registry: client.target.display })
    const findings = await check(client, { ...judging, leaseKeys: true })
    for await (const batch of findings) for (const finding of batch) await writer.row(finding)
    await progress.stop()
    const { counts } = findings
    const status = await conclude(shown, task, counts, () => writer.end(factsOf(context, task)))
    if (output.format === 'sarif') await sayLeftOut(context, counts)
    return status
  })
}

/** Writes every key with its verdict; returns the exit status. */
export async function listVerdicts(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  return await withProgress(context, async (shown, progress) => {
    const task = await prepare(shown, words, { flags, progress, baseline: await baselineOf(context, flags) })
    const writer = await printList(shown, 'VerdictList', verdictsTable)
    const counts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0, ok: 0 }
    for await (const batch of judgeKeys(task.client, task.judging))
      for (const each of batch) {
        counts.records++
        counts[each.verdict]++
        await writer.row(verdictItem(each))
      }
    await progress.stop()
    return await conclude(shown, task, counts, () => writer.end(factsOf(context, task)))
  })
}

/** Writes the rules that the flags leave; returns the exit status. */
async function listRules(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  if (words.length > 0) {
    throw new RollcallError('usage', '--list-rules takes no services', { hint: 'it lists rules, not findings' })
  }
  const writer = await printList(context, 'RuleList', rulesTable)
  for (const { code, severity, title, layouts, cause, fix } of chosenRules(await allRules(), flags))
    await writer.row({ code, severity, title, ...(layouts && { layouts }), cause, fix })
  await writer.end()
  return 0
}

async function baselineOf(context: Context, { baseline }: CheckFlags): Promise<Baseline> {
  return baseline === undefined ? EMPTY_BASELINE : await baselineFrom(context, baseline)
}

/** What the baseline expects is counted where there is any. */
function factsOf(context: Context, { expected: { known, suppressed } }: Task): ListFacts {
  return { asOf: context.now(), ...(known + suppressed > 0 && { also: { known, suppressed } }) }
}

async function sayLeftOut(context: Context, { error, warning, info }: LintCounts): Promise<void> {
  if (error + warning + info <= SARIF_RESULTS) return
  await context.say(`the worst ${grouped(SARIF_RESULTS)} findings are in the log: code scanning keeps no more`)
}

/** A rule as `--list-rules` shows it. */
type RuleItem = Pick<RuleText, 'code' | 'severity' | 'title' | 'layouts' | 'cause' | 'fix'>

export const rulesTable: TableOf<RuleItem> = {
  columns: [
    { name: 'RULE', text: (item) => item.code },
    { name: 'SEVERITY', text: (item) => item.severity, tone: (item) => toneOfSeverity(item.severity) },
    { name: 'FINDS', text: (item) => item.title },
    { name: 'LAYOUTS', text: (item) => item.layouts?.join(',') ?? '', wide: true },
    { name: 'FIX', text: (item) => item.fix, wide: true },
  ],
  name: (item) => item.code,
}
