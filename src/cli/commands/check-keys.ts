import { allRules } from '../../backends/rules.ts'
import { ruleOf } from '../../lint/catalogue.ts'
import { type LintCounts, checkEntries } from '../../lint/check.ts'
import { explain } from '../../lint/explain.ts'
import type { Severity } from '../../lint/rule.ts'
import { verdicts } from '../../lint/verdicts.ts'
import { foreignText } from '../../reports/foreign.ts'
import { withLeaseKeys } from '../check-keys/records.ts'
import { type CheckFlags, checkOptions, conclude, prepare } from '../check-keys/task.ts'
import { type Context, command } from '../command.ts'
import { type Tone, toneOfSeverity } from '../output/colours.ts'
import type { TableOf } from '../output/columns.ts'
import { FINDING_FORMATS, findingWriter } from '../output/findings.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import { SARIF_RESULTS } from '../output/sarif.ts'
import { grouped } from '../output/text.ts'

export const checkKeys = command({
  name: 'check-keys',
  usage: '[service...]',
  examples: [
    { line: 'rollcall check-keys', does: 'the whole registry' },
    { line: 'rollcall check-keys payments --severity warning', does: 'one service, without style hints' },
    { line: 'rollcall check-keys --rule RC1001 -o wide', does: 'with lease, owner and fix: the way to the culprit' },
    { line: 'rollcall check-keys --explain RC1001', does: 'what a rule means' },
    { line: 'rollcall check-keys -o sarif > findings.sarif', does: 'for code scanning' },
  ],
  notes: [
    'HOSTS shows the hosts in the endpoints of the record: where the process that wrote it runs. -o wide adds service, id, lease, owner and fix; -o json also the other keys of the lease. `rollcall get --raw-key KEY` shows the record itself.',
    'Status 1: there are findings at the --fail-on threshold, or a named service has no records. `rollcall purge --malformed` removes records that have an error, after a backup.',
  ],
  options: checkOptions,
  async run(context, words, flags) {
    if (flags.explain !== undefined) {
      await context.io.stdout.write(explain(ruleOf(flags.explain, await allRules())))
      return 0
    }
    return flags.list ? await listVerdicts(context, words, flags) : await listFindings(context, words, flags)
  },
})

/** Writes findings as they are found; returns the exit status. */
export async function listFindings(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  const output = parseOutput(context.globals, FINDING_FORMATS)
  return await withProgress(context, async (shown, progress) => {
    const task = await prepare(shown, words, flags, progress)
    const { client, look, settings, failOn } = task
    const { rules } = settings
    const writer = await findingWriter(shown, output, { rules, failOn, registry: client.target.display })
    const findings = checkEntries(look, settings)
    for await (const batch of withLeaseKeys(shown, client, findings))
      for (const finding of batch) await writer.row(finding)
    await progress.stop()
    const { counts } = findings
    const status = await conclude(shown, task, counts, () => writer.end({ asOf: context.now() }))
    if (output.format === 'sarif') await sayLeftOut(context, counts)
    return status
  })
}

/** Writes every key with its verdict; returns the exit status. */
export async function listVerdicts(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  return await withProgress(context, async (shown, progress) => {
    const task = await prepare(shown, words, flags, progress)
    const writer = await printList(shown, 'VerdictList', verdictsTable)
    const counts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0, ok: 0 }
    for await (const batch of verdicts(task.look, task.settings))
      for (const { record, reading, verdict, findings } of batch) {
        counts.records++
        counts[verdict]++
        const rules = findings.map((finding) => finding.rule)
        const like = reading.is === 'foreign' ? { note: foreignText(reading) } : {}
        await writer.row({ key: record.id, service: record.service, verdict, rules, ...like })
      }
    await progress.stop()
    return await conclude(shown, task, counts, () => writer.end({ asOf: context.now() }))
  })
}

/** Does the work with its progress shown below its output. */
async function withProgress(
  context: Context,
  work: (shown: Context, progress: Progress) => Promise<number>,
): Promise<number> {
  const progress = startProgress(context, 'records checked')
  const io = { ...context.io, stdout: progress.above(context.io.stdout) }
  try {
    return await work({ ...context, io }, progress)
  } finally {
    await progress.stop()
  }
}

async function sayLeftOut(context: Context, { error, warning, info }: LintCounts): Promise<void> {
  if (error + warning + info <= SARIF_RESULTS) return
  await context.say(`the worst ${grouped(SARIF_RESULTS)} findings are in the log: code scanning keeps no more`)
}

/** A stored key and its worst finding. */
export interface VerdictItem {
  readonly key: string
  readonly service: string
  readonly verdict: Severity | 'ok' | 'foreign'
  readonly rules: readonly string[]
  /** What is known of a record of another program. */
  readonly note?: string
}

export const verdictsTable: TableOf<VerdictItem> = {
  columns: [
    {
      name: 'VERDICT',
      text: (item) => item.verdict,
      tone: toneOf,
    },
    { name: 'KEY', text: (item) => item.key },
    { name: 'RULES', text: (item) => item.rules.join(',') },
    { name: 'NOTE', text: (item) => item.note ?? '' },
    { name: 'SERVICE', text: (item) => item.service, wide: true },
  ],
  name: (item) => item.key,
}

function toneOf({ verdict }: VerdictItem): Tone {
  if (verdict === 'foreign') return toneOfSeverity('info')
  return verdict === 'ok' ? 'good' : toneOfSeverity(verdict)
}
