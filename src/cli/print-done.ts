import { RollcallError, messageOf } from '../model/errors.ts'
import type { Context } from './command.ts'
import { isBrokenPipe } from './io.ts'
import { amount } from './output/text.ts'

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
