import type { PlannedRemoval } from '../../client/purge/plan.ts'
import { type ErrorCode, RollcallError, messageOf } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { printChanges } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'
import { planTable } from './plan.ts'
import type { CarriedOut } from './removal.ts'
import { printDone } from './results.ts'

/** Keys that are named one by one on standard error; JSON has them all. */
const NAMED = 20

/** Prints the result of a purge and returns its exit status. A table was already shown as the plan; names and CSV list what was removed. */
export async function printResult(
  context: Context,
  removals: readonly PlannedRemoval[],
  { outcomes, backup, id }: CarriedOut,
): Promise<number> {
  const keysOf = (result: Outcome['result']) => outcomes.flatMap((each) => (each.result === result ? each.id : []))
  const [removed, changed, absent] = [keysOf('done'), keysOf('changed'), keysOf('absent')]
  const [inDoubt, notAttempted] = [keysOf('in-doubt'), keysOf('not-attempted')]
  const failed = outcomes.filter(isFailure).map(failureOf)
  let unprinted: unknown
  const printed = printDone(
    context,
    removed.map((key) => `removed: ${key}`),
    async () => {
      const some = Object.entries({ absent, inDoubt, notAttempted }).filter(([, keys]) => keys.length > 0)
      const result = { removed, changed, failed, ...Object.fromEntries(some), ...(backup !== undefined && { backup }) }
      await print(context, removals, result)
    },
  )
  await printed.catch((error: unknown) => (unprinted = error))
  for (const key of changed) await context.say(`kept ${key}: it changed after the plan`)
  for (const { key, message } of failed) await context.say(`${key} failed: ${message ?? 'no reason given'}`)
  await sayUnknown(context, outcomes)
  const already = absent.length > 0 ? `, ${absent.length} were gone already` : ''
  const { capabilities } = await context.client()
  const isBack = backup !== undefined && (removed.length > 0 || inDoubt.length > 0) && capabilities.restore
  const back = isBack ? `; rollcall undo ${id} puts them back` : ''
  await context.say(`${amount(removed.length, 'record')} removed${already}${back}`)
  if (unprinted !== undefined) throw unprinted
  return statusOfRemovals(outcomes)
}

async function print(
  context: Context,
  removals: readonly PlannedRemoval[],
  result: { readonly removed: readonly string[] },
): Promise<void> {
  const output = parseOutput(context.globals)
  const { format, fields } = output
  if (format === 'name' || format === 'csv') {
    const gone = new Set(result.removed)
    const writer = await printChanges(context, 'PurgeResult', planTable, output)
    for (const removal of removals) if (gone.has(removal.key)) await writer.row(removal)
    await writer.end()
  }
  if (isThingFormat(format)) await writeThing(context.io.stdout, 'PurgeResult', result, { format, fields })
}

/** Reports records that a silent registry left in doubt or that were not attempted, by their keys, of many the first. */
export async function sayUnknown(context: Context, outcomes: readonly Outcome[]): Promise<void> {
  for (const [result, words] of [
    ['in-doubt', 'in doubt'],
    ['not-attempted', 'not attempted'],
  ] as const) {
    const own = outcomes.filter((each) => each.result === result)
    for (const { id } of own.slice(0, NAMED)) await context.say(`${words}: ${id}`)
    if (own.length > NAMED) await context.say(`… and ${own.length - NAMED} more ${words}; -o json lists them all`)
    const reasons = new Set(own.flatMap(({ error }) => (error ? messageOf(error) : [])))
    if (own.length > 0) await context.say(`${amount(own.length, 'record')} ${words}: ${[...reasons].join('; ')}`)
  }
}

/** 0 when all is done or gone; 5 when a part is; else the status of the error that stopped all of it. */
function statusOfRemovals(outcomes: readonly Outcome[]): number {
  const undone = outcomes.filter(({ result }) => result !== 'done' && result !== 'absent')
  if (undone.length === 0) return 0
  const codes = new Set(undone.map(codeOf))
  const [code] = codes
  return statusOf(code === undefined || undone.length < outcomes.length || codes.size > 1 ? 'partial' : code)
}

function codeOf({ result, error }: Outcome): ErrorCode {
  if (error instanceof RollcallError) return error.code
  return result === 'changed' ? 'conflict' : 'partial'
}

function isFailure({ result }: Outcome): boolean {
  return result === 'failed' || result === 'unsupported'
}

function failureOf({ id, error }: Outcome): { key: string; message?: string } {
  return error ? { key: id, message: messageOf(error) } : { key: id }
}
