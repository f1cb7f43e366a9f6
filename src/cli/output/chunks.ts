import type { Output } from '../io.ts'

const CHUNK = 64 * 1024

/** Collects small texts into large writes. */
export interface Chunks {
  /** Waits when a chunk is full until the reader has taken it. */
  add(text: string): Promise<void>
  flush(): Promise<void>
}

export function chunked(output: Output): Chunks {
  let parts: string[] = []
  let length = 0
  const flush = async () => {
    if (length === 0) return
    const text = parts.join('')
    parts = []
    length = 0
    await output.write(text)
  }
  return {
    async add(text) {
      parts.push(text)
      length += text.length
      if (length >= CHUNK) await flush()
    },
    flush,
  }
}
