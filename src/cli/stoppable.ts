import type { Output } from './io.ts'

/**
 * The same output. Nobody goes on waiting for a reader that does not read when the signal is given; what is written
 * after it, while a command cleans up, is waited for.
 */
export function stoppable(output: Output, signal: AbortSignal): Output {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  stopped.catch(() => {})
  return {
    isTerminal: output.isTerminal,
    get columns() {
      return output.columns
    },
    async write(text) {
      await (signal.aborted ? output.write(text) : Promise.race([output.write(text), stopped]))
    },
  }
}
