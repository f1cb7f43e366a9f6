import { RollcallError } from '../model/errors.ts'

/**
 * Resolves when the signal is given: for commands whose usual end that is.
 * @throws RollcallError `deadline` when it is `--timeout` that ended it, which is 124 for every command.
 */
export async function ended(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
  const { reason } = signal
  if (reason instanceof RollcallError && reason.code === 'deadline') throw reason
}
