import { keptRuns, runHistory } from '../../client/undo/backups.ts'
import type { Run, RunHistory } from '../../client/undo/run.ts'
import { formatDuration } from '../../model/duration.ts'
import type { Context } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { checkOutput, printList } from '../output/list-writer.ts'
import { amount } from '../../model/count.ts'

/** A run as `undo --list` shows it. */
interface RunItem extends Pick<Run, 'id' | 'at' | 'command' | 'registry' | 'prefix' | 'context' | 'user' | 'host'> {
  /** How many records it changed, or may have changed. */
  readonly records: number
  readonly takenBack: RunHistory['takenBack']
  /** The backup. */
  readonly file: string
}

const runTable: TableOf<RunItem> = {
  columns: [
    { name: 'RUN', text: (item) => item.id, identifies: true },
    {
      name: 'AGE',
      text: (item, now) => formatDuration(Math.max(0, now - Date.parse(item.at))),
      data: (item) => item.at,
    },
    { name: 'COMMAND', text: (item) => item.command },
    { name: 'REGISTRY', text: (item) => item.registry },
    { name: 'RECORDS', text: (item) => String(item.records), data: (item) => item.records, align: 'right' },
    { name: 'USER', text: (item) => item.user },
    { name: 'TAKEN-BACK', text: (item) => item.takenBack },
    { name: 'PREFIX', text: (item) => item.prefix ?? '', wide: true },
    { name: 'CONTEXT', text: (item) => item.context ?? '', wide: true },
    { name: 'HOST', text: (item) => item.host, wide: true },
    { name: 'FILE', text: (item) => item.file, wide: true },
  ],
  name: (item) => item.id,
}

/** Prints all runs, the newest first. */
export async function listRuns(context: Context): Promise<number> {
  await checkOutput(context, 'RunList', runTable)
  const { runs, gone } = await keptRuns(context.io.env, { logger: context.logger })
  const writer = await printList(context, 'RunList', runTable)
  for (const { run, path } of runs) {
    const history = await runHistory({ run, path })
    const { id, at, command, registry, prefix, context: name, user, host } = run
    const item = { id, at, command, registry, prefix, context: name, user, host }
    if (!(await writer.row({ ...item, records: history.changes, takenBack: history.takenBack, file: path }))) break
  }
  await writer.end()
  if (runs.length === 0) await context.say('no runs: nothing was removed or taken offline from here')
  if (gone.length > 0)
    await context.say(
      `no longer where ${gone.length === 1 ? 'it was' : 'they were'} written: ${amount(gone.length, 'backup')}, ${gone.join(', ')}`,
    )
  return 0
}
