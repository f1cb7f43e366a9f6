import { type Counts, checkEntries } from '../../lint/check.ts'
import { verdicts } from '../../lint/verdicts.ts'
import { foreignText } from '../../reports/foreign.ts'
import type { Context } from '../context.ts'
import { SARIF_RESULTS } from '../output/sarif.ts'
import { grouped } from '../output/text.ts'
import { parseOutput } from '../output/options.ts'
import { verdictsTable } from '../output/tables/verdicts.ts'
import { printList } from '../output/list-writer.ts'
import { type Progress, startProgress } from '../output/progress.ts'
import { FINDING_FORMATS, findingWriter } from '../output/findings.ts'
import { withLeaseKeys } from './lease-keys.ts'
import type { CheckFlags } from './options.ts'
import { conclude, prepare } from './task.ts'

/** Writes what is wrong, as it is found. */
export async function listFindings(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  const output = parseOutput(context.globals, FINDING_FORMATS)
  return await withProgress(context, async (shown, progress) => {
    const task = await prepare(shown, words, flags, progress)
    const { client, look, settings, failOn } = task
    const { rules } = settings
    const writer = await findingWriter(shown, output, { rules, failOn, registry: client.target.display })
    const findings = checkEntries(look, settings)
    for await (const finding of withLeaseKeys(shown, client, findings)) await writer.row(finding)
    await progress.stop()
    const { counts } = findings
    const status = await conclude(shown, task, counts, () => writer.end({ asOf: context.now() }))
    if (output.format === 'sarif') await sayLeftOut(context, counts)
    return status
  })
}

/** Writes every key with its verdict. */
export async function listVerdicts(context: Context, words: readonly string[], flags: CheckFlags): Promise<number> {
  return await withProgress(context, async (shown, progress) => {
    const task = await prepare(shown, words, flags, progress)
    const writer = await printList(shown, 'VerdictList', verdictsTable)
    const counts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0, ok: 0 }
    for await (const { record, reading, verdict, findings } of verdicts(task.look, task.settings)) {
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

/** How far it is stands below what it writes. */
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

async function sayLeftOut(context: Context, { error, warning, info }: Counts): Promise<void> {
  if (error + warning + info <= SARIF_RESULTS) return
  await context.say(`the worst ${grouped(SARIF_RESULTS)} findings are in the log: code scanning keeps no more`)
}
