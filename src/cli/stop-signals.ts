import { RollcallError } from '../model/errors.ts'
import { statusOf } from './exit-status.ts'

/** The signals that are sent to this process. */
export interface Signals {
  /** From now on each signal goes to the listener alone: none ends the command, which has to end by itself. */
  take(listener: (signal: NodeJS.Signals) => void): void
}

/** Those that end a command, and how its end is reported. SIGHUP: the terminal was closed, or the connection to it was lost. */
const ENDING = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'terminated' } as const

/** Those that a program gives a meaning of its own. */
const OTHERS = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** Makes the first ending signal abort the controller and the second one end the process, until a command takes them. */
export function listenToSignals(controller: AbortController): Signals {
  let listener: ((signal: NodeJS.Signals) => void) | undefined
  for (const [name, code] of Object.entries(ENDING) as [keyof typeof ENDING, 'interrupted' | 'terminated'][]) {
    process.on(name, () => {
      if (listener) listener(name)
      else if (controller.signal.aborted) process.exit(statusOf(code))
      else controller.abort(new RollcallError(code, code))
    })
  }
  return {
    take(given) {
      listener = given
      for (const name of OTHERS) process.on(name, () => given(name))
    },
  }
}
