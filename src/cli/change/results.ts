import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { targetWord } from '../../model/target-word.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { isBrokenPipe } from '../io.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { checkOutput, printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../output/text.ts'
import { requireWritable, whereabouts } from './confirmation.ts'

/** What became of one instance or one stored key, as `WriteResult` in JSON. */
export interface WriteItem {
  readonly action: 'register' | 'renew' | 'deregister' | 'offline' | 'online' | 'restore'
  readonly service: string
  readonly id: string
  /** Its records, as `--raw-key` names them. */
  readonly keys: readonly string[]
  readonly result: WriteOutcome
  /** The one that it hangs on now. */
  readonly lease?: string
  /** Of what was removed: the file that `restore` takes. */
  readonly backup?: string
  /** RFC 3339: when it will be gone unless a heartbeat comes. */
  readonly expiresAt?: string
  /** RFC 3339: when it will be unhealthy by then, where the registry keeps such ones. */
  readonly unhealthyAt?: string
  /** Why it was not done. */
  readonly message?: string
}

/** After these the registry is not as it was. */
const CHANGES: ReadonlySet<WriteOutcome> = new Set(['created', 'renewed', 'replaced', 'done'])

export type WriteOutcome = 'created' | 'renewed' | 'replaced' | 'unchanged' | 'planned' | Outcome['result']

/**
 * Before anything is changed: whether it may be, and whether the results can be shown as the flags want them.
 * @throws RollcallError `refused`, `usage`
 */
export async function prepareWrite(context: Context, dryRun: boolean): Promise<void> {
  if (!dryRun) await requireWritable(context)
  await checkOutput(context, 'WriteResultList', writesTable)
}

/** Prints the results and answers the exit status of all of them together. */
export async function writeResults(context: Context, items: readonly WriteItem[]): Promise<number> {
  const done = items.filter(({ result }) => CHANGES.has(result))
  const phrases = done.map(({ result, service, id, keys }) => `${result}: ${id ? `${service}/${id}` : keys.join(', ')}`)
  await printDone(context, phrases, () => printItems(context, items))
  if (items.some(({ result }) => result === 'planned')) {
    await context.say(`nothing was changed in ${whereabouts(await context.resolved())}`)
  }
  return statusOfAll(items)
}

async function printItems(context: Context, items: readonly WriteItem[]): Promise<void> {
  const output = parseOutput(context.globals)
  const { format, fields } = output
  const [first] = items
  if (items.length === 1 && first && isThingFormat(format)) {
    await writeThing(context.io.stdout, 'WriteResult', first, { format, fields })
  } else {
    const writer = await printList(context, 'WriteResultList', writesTable, output)
    for (const item of items) await writer.row(item)
    await writer.end()
  }
}

/** 0 when all is done; 5 when a part is; else the status of what stopped all of it. */
export function statusOfAll(items: readonly WriteItem[]): number {
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

/** What was to be removed and is not there is done; what was to be kept and is not there is not. */
function isUndone({ action, result }: WriteItem): boolean {
  if (result === 'absent') return action !== 'deregister'
  return UNDONE.has(result)
}

const BAD = new Set(['changed', 'failed', 'unsupported'])

/** What became of what was to be changed. */
export const writesTable: TableOf<WriteItem> = {
  columns: [
    { name: 'RESULT', text: (item) => item.result, tone: (item) => (BAD.has(item.result) ? 'bad' : 'good') },
    { name: 'SERVICE', text: (item) => item.service },
    { name: 'ID', text: (item) => item.id },
    { name: 'LEASE', text: (item) => item.lease ?? '' },
    { name: 'KEY', text: (item) => item.keys.join(',') },
    { name: 'MESSAGE', text: (item) => item.message ?? '' },
    { name: 'EXPIRES', text: (item) => item.expiresAt ?? '', wide: true },
  ],
  name: (item) => targetWord(item.service, item.id),
}

const NAMED = 20

/**
 * Prints what was done to the registry. It is done, even where it cannot be printed: a reader that is gone has read
 * enough, and any other fault is reported together with what was done, a phrase for each.
 * @throws RollcallError `partial`, or what hindered the printing where nothing was done
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
    throw new RollcallError('partial', [`${messageOf(error)}; done all the same:`, ...lines].join('\n'), {
      hint: 'do not run it again before you have looked: rollcall ls shows what is there',
      cause: error,
    })
  }
}
