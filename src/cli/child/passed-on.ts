import { LONGEST, onAbort } from '../../model/signals.ts'
import type { Context } from '../command.ts'
import type { Child } from './child.ts'

/** Those after which the instance leaves first. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM'])
/** Those that a terminal sends to all that run on it, so that the command has them already. */
const OF_A_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP'])

export interface Leaving {
  /** Milliseconds from the first SIGTERM or SIGINT until the command gets it. */
  readonly grace: number
  /** Takes the instance out of the registry. Returns whether anybody can have found it there. */
  readonly leave: () => boolean
}

/** Passes this process's signals on to the command; the first that asks for its end, and the end of `--timeout`, only after the instance has left. */
export function passOn(
  { io, signal, signals, say }: Pick<Context, 'io' | 'signal' | 'signals' | 'say'>,
  child: Child,
  { grace, leave }: Leaving,
): void {
  let timer: NodeJS.Timeout | undefined
  let leaving = false
  const take = (name: NodeJS.Signals): void => {
    const isFirst = ENDING.has(name) && !leaving
    leaving ||= isFirst
    const wait = isFirst && leave() ? grace : 0
    if (io.stdin.isTerminal && OF_A_TERMINAL.has(name)) return
    if (wait === 0) {
      child.send(name)
      return
    }
    void say(`${name}: the command gets it in ${wait / 1000}s`)
    timer = setTimeout(() => child.send(name), Math.min(wait, LONGEST))
  }
  void child.exited.then(() => clearTimeout(timer))
  signals.take(take)
  onAbort(signal, () => take('SIGTERM'))
}
