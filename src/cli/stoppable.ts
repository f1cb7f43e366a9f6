import type { Output } from './io.ts'

/** The same output, of which nobody waits for a reader that does not read once the signal is given. */
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
      signal.throwIfAborted()
      await Promise.race([output.write(text), stopped])
    },
  }
}
