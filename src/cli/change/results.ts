import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { targetWord } from '../../model/target-word.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { isBrokenPipe } from '../io.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { checkOutput, printChanges } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'
import { requireWritable, whereabouts } from './confirmation.ts'

/** What became of one instance or one stored key, as `WriteResult` in JSON. */
export interface WriteItem {
  readonly action: 'register' | 'renew' | 'deregister' | 'offline' | 'online' | 'restore'
  readonly service: string
  readonly id: string
  /** The keys of its records, as `--raw-key` takes them. */
  readonly keys: readonly string[]
  readonly result: WriteOutcome
  /** The lease of the record now. */
  readonly lease?: string
  /** For a removal: the backup file that `restore` takes. */
  readonly backup?: string
  /** RFC 3339: when the record will be gone without a heartbeat. */
  readonly expiresAt?: string
  /** RFC 3339: when the instance will be unhealthy without a heartbeat, where the registry keeps unhealthy ones. */
  readonly unhealthyAt?: string
  /** Why it was not done; of a planned drain what would be done. */
  readonly message?: string
}

/** Results that mean that the registry was changed. */
const CHANGES: ReadonlySet<WriteOutcome> = new Set(['created', 'renewed', 'replaced', 'done'])

export type WriteOutcome = 'created' | 'renewed' | 'replaced' | 'unchanged' | 'planned' | Outcome['result']

/**
 * Checks, before anything is changed, that the registry is not read-only and that the results can be printed as the flags ask.
 * @throws RollcallError `refused`, `usage`
 */
export async function prepareWrite(context: Context, dryRun: boolean): Promise<void> {
  if (!dryRun) await requireWritable(context)
  await checkOutput(context, 'WriteResultList', writesTable)
}

/** Prints results and returns the exit status of all of them together. */
export async function writeResults(context: Context, items: readonly WriteItem[]): Promise<number> {
  const done = items.filter(({ result }) => CHANGES.has(result))
  const phrases = done.map((item) => `${item.result}: ${wordFor(item)}`)
  await printDone(context, phrases, () => printItems(context, items))
  if (items.some(({ result }) => result === 'planned')) {
    await context.say(`nothing was changed in ${whereabouts(await context.resolved())}`)
  }
  return statusOfWrites(items)
}

async function printItems(context: Context, items: readonly WriteItem[]): Promise<void> {
  const output = parseOutput(context.globals)
  const { format, fields } = output
  const [first] = items
  if (items.length === 1 && first && isThingFormat(format)) {
    await writeThing(context.io.stdout, 'WriteResult', first, { format, fields })
  } else {
    const writer = await printChanges(context, 'WriteResultList', writesTable, output)
    for (const item of items) await writer.row(item)
    await writer.end()
  }
}

/** 0 when all is done; 5 when a part is; else the status of what stopped all of it. */
function statusOfWrites(items: readonly WriteItem[]): number {
  const undone = items.filter(isUndone)
  if (undone.length === 0) return 0
  if (undone.length < items.length) return statusOf('partial')
  const [first, ...others] = new Set(undone.map(({ result }) => result))
  if (others.length > 0) return statusOf('partial')
  if (first === 'absent') return statusOf('not-found')
  if (first === 'changed') return statusOf('conflict')
  return statusOf(first === 'unsupported' ? 'unsupported' : 'partial')
}

const UNDONE: ReadonlySet<WriteOutcome> = new Set(['changed', 'failed', 'unsupported', 'in-doubt', 'not-attempted'])

/** A record that is absent counts as removed, but not as kept. */
function isUndone({ action, result }: WriteItem): boolean {
  if (result === 'absent') return action !== 'deregister'
  return UNDONE.has(result)
}

const BAD = new Set(['changed', 'failed', 'unsupported'])

/** Columns for the results of changes. */
export const writesTable: TableOf<WriteItem> = {
  columns: [
    { name: 'RESULT', text: (item) => item.result, tone: (item) => (BAD.has(item.result) ? 'bad' : 'good') },
    { name: 'SERVICE', text: (item) => item.service, identifies: true },
    { name: 'ID', text: (item) => item.id, identifies: true },
    { name: 'LEASE', text: (item) => item.lease ?? '' },
    { name: 'KEY', text: (item) => item.keys.join(',') },
    { name: 'MESSAGE', text: (item) => item.message ?? '' },
    { name: 'EXPIRES', text: (item) => item.expiresAt ?? '', wide: true },
    { name: 'ACTION', text: (item) => item.action, wide: true },
  ],
  name: wordFor,
}

/** The target, or the key of a record that lacks a service or an id. */
function wordFor({ service, id, keys }: WriteItem): string {
  return service === '' || id === '' ? keys.join(', ') : targetWord(service, id)
}

const NAMED = 20

/**
 * Prints what was changed in the registry. When printing fails, the changes stand: a closed pipe is ignored, and any other
 * error is reported together with the changes, a phrase each.
 * @throws RollcallError `partial`, or the error of the printing when nothing was changed
 */
export async function printDone(
  { signal }: Pick<Context, 'signal'>,
  done: readonly string[],
  print: () => Promise<void>,
): Promise<void> {
  try {
    await print()
  } catch (error) {
    if (signal.aborted) throw error
    if (isBrokenPipe(error)) return
    if (done.length === 0) throw error
    const more = done.length - NAMED
    const lines = [...done.slice(0, NAMED), ...(more > 0 ? [`… and ${amount(more, 'more change')}`] : [])]
    throw new RollcallError(
      'partial',
      [`${messageOf(error)}; these changes were made all the same:`, ...lines].join('\n'),
      {
        hint: 'look at the registry, for example with rollcall ls, before you run it again',
        cause: error,
      },
    )
  }
}
