import { RollcallError } from '../../model/errors.ts'
import { anyOf } from '../../model/signals.ts'
import { targetWord } from '../../model/target-word.ts'
import { withDefaults } from '../args/options.ts'
import type { Context } from '../command.ts'
import { deregister, deregisterNamed } from '../commands/deregister.ts'
import { offline, setStatus } from '../commands/offline.ts'
import type { Io, Output, Question } from '../io.ts'
import { renderBug, renderError } from '../output/error-report.ts'
import { beginning, clean } from '../output/text.ts'
import type { ScreenRow } from './rows.ts'

/** A change that was asked for by a key. */
export interface Action {
  readonly do: 'offline' | 'deregister'
  readonly row: ScreenRow
}

/** Where a change is shown and asked about, instead of the streams of the process. */
export interface Surface {
  /** Of the terminal. */
  readonly columns: () => number
  readonly write: (text: string) => void
  readonly ask: (question: Question) => Promise<boolean | string>
  /** Stops the change. */
  readonly signal: AbortSignal
}

/** What it says of itself: `Deregister payments/payments-1`. */
export function titleOf({ do: action, row }: Action): string {
  const verb = action === 'offline' ? 'Take offline' : 'Deregister'
  if (row.is === 'malformed') return `${verb} ${row.key}`
  if (row.is === 'instance') return `${verb} ${targetWord(row.entry.service, row.entry.instance.id)}`
  return `${verb} every instance of ${row.key}`
}

/** Carries a change out as the command of that name does, with its plan, guards and question, which is always asked here. Never throws. */
export async function carryOutAction(context: Context, action: Action, surface: Surface): Promise<void> {
  try {
    await commandFor(contextOn(context, surface), action)
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'declined') surface.write('nothing was changed\n')
    else surface.write(error instanceof RollcallError ? renderError(error, 'text') : renderBug(error, 'text'))
  }
}

async function commandFor(context: Context, { do: action, row }: Action): Promise<void> {
  if (action === 'offline') {
    const words = row.is === 'instance' ? [targetWord(row.entry.service, row.entry.instance.id)] : []
    await setStatus(context, words, 'offline', { ...withDefaults(offline.options, {}), asks: true })
    return
  }
  const none = withDefaults(deregister.options, {})
  const flags = { ...none, asks: true }
  if (row.is === 'malformed') await deregisterNamed(context, [], { ...flags, rawKey: row.key })
  else if (row.is === 'instance')
    await deregisterNamed(context, [targetWord(row.entry.service, row.entry.instance.id)], flags)
  else await deregisterNamed(context, [row.key], { ...flags, all: true })
}

/** The same context, with the screen in the place of the streams, and of its output flags those that fit there. */
function contextOn(context: Context, surface: Surface): Context {
  const output: Output = {
    isTerminal: true,
    get columns() {
      return surface.columns()
    },
    write: async (text) => surface.write(text),
  }
  const io: Io = {
    ...context.io,
    stdout: output,
    stderr: output,
    canAsk: () => true,
    ask: async (question) => await surface.ask(question),
  }
  const { globals } = context
  return {
    ...context,
    io,
    signal: anyOf(context.signal, surface.signal),
    globals: {
      ...globals,
      output: undefined,
      json: false,
      columns: undefined,
      noHeaders: false,
      color: 'never',
      quiet: false,
    },
    say: async (line) => surface.write(`${beginning(clean(line))}\n`),
  }
}
