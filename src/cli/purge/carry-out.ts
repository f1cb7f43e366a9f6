import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { PlannedRemoval } from '../../client/purge/plan.ts'
import { backUp, removeAll } from '../../client/purge/purge.ts'
import { stateFolder } from '../../config/user-folders.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../context.ts'
import { statusOf } from '../exit-status.ts'
import { amount, isThingFormat, parseOutput, planTable, writeThing } from '../output/index.ts'
import { printList } from '../print.ts'
import { startProgress } from '../progress.ts'

/**
 * Writes the backup and names it, then removes, and answers the exit status. Whatever ends it, what was removed is said.
 * @throws what ended it
 */
export async function carryOut(
  context: Context,
  removals: readonly PlannedRemoval[],
  file: string | undefined,
): Promise<number> {
  const backup = file === undefined ? defaultBackup(context) : resolve(context.io.cwd, file)
  const client = await context.client()
  await backUp(client, removals, backup, { signal: context.signal })
  await context.say(`backup: ${backup}`)
  const outcomes: Outcome[] = []
  const progress = startProgress(context, 'removed')
  try {
    for await (const outcome of removeAll(client, removals, { signal: context.signal })) {
      outcomes.push(outcome)
      progress.count(outcomes.length, removals.length)
    }
  } finally {
    await progress.stop()
    await printResult(context, removals, outcomes, backup)
    const untried = removals.length - outcomes.length
    if (untried > 0) await context.say(`stopped: ${amount(untried, 'record')} not tried`)
  }
  return statusOfAll(outcomes)
}

/** What has a table was shown as the plan; as names or CSV, what is gone of it. */
async function printResult(
  context: Context,
  removals: readonly PlannedRemoval[],
  outcomes: readonly Outcome[],
  backup: string,
): Promise<void> {
  const keysOf = (result: Outcome['result']) => outcomes.filter((each) => each.result === result).map(({ id }) => id)
  const [removed, changed, absent] = [keysOf('done'), keysOf('changed'), keysOf('absent')]
  const failed = outcomes.filter(isFailure).map(failureOf)
  const output = parseOutput(context.globals)
  const { format, fields } = output
  if (format === 'name' || format === 'csv') {
    const gone = new Set(removed)
    const writer = await printList(context, 'PurgeResult', planTable, output)
    for (const removal of removals) if (gone.has(removal.key)) await writer.row(removal)
    await writer.end()
  }
  if (isThingFormat(format)) {
    const result = { removed, changed, failed, ...(absent.length > 0 ? { absent } : {}), backup }
    await writeThing(context.io.stdout, 'PurgeResult', result, { format, fields })
  }
  for (const key of changed) await context.say(`${key} changed meanwhile and stays`)
  for (const { key, message } of failed) await context.say(`${key} failed: ${message ?? 'no reason given'}`)
  const already = absent.length > 0 ? `, ${absent.length} were gone already` : ''
  const { capabilities } = await context.client()
  const back = removed.length > 0 && capabilities.restore ? `; rollcall restore ${backup} puts them back` : ''
  await context.say(`${amount(removed.length, 'record')} removed${already}${back}`)
}

/** 0 when all is done; 5 when a part is; else the status of what stopped all of it. */
function statusOfAll(outcomes: readonly Outcome[]): number {
  const undone = outcomes.filter((each) => each.result === 'changed' || isFailure(each))
  if (undone.length === 0) return 0
  const codes = new Set(undone.map(({ result, error }) => (error instanceof RollcallError ? error.code : result)))
  const [code = 'partial'] = codes
  if (undone.length < outcomes.length || codes.size > 1 || code === 'failed') return statusOf('partial')
  return statusOf(code === 'changed' ? 'conflict' : (code as RollcallError['code']))
}

function isFailure({ result }: Outcome): boolean {
  return result === 'failed' || result === 'unsupported'
}

function failureOf({ id, error }: Outcome): { key: string; message?: string } {
  return error ? { key: id, message: messageOf(error) } : { key: id }
}

function defaultBackup(context: Context): string {
  const time = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  return join(stateFolder(context.io.env), 'backups', `${time}-${randomBytes(3).toString('hex')}.ndjson`)
}
