import { setImmediate as others } from 'node:timers/promises'
import type { Output } from '../io.ts'

const CHUNK = 64 * 1024

/** Collects small texts into large writes. */
export interface Chunks {
  /** Holds a text back until it is drained or flushed. */
  add(text: string): void
  /** Writes what is held back, if it is much, and waits until the reader has taken it. */
  drain(): Promise<void>
  flush(): Promise<void>
}

export function chunked(output: Output): Chunks {
  let held = ''
  const flush = async () => {
    if (held === '') return
    const text = held
    held = ''
    await output.write(text)
    // Into a file all is written at once: what stops the command, a signal perhaps, gets its turn.
    await others()
  }
  return {
    add(text) {
      held += text
    },
    async drain() {
      if (held.length >= CHUNK) await flush()
    },
    flush,
  }
}
