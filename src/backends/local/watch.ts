import type { StoreEvent } from '../kv/store.ts'
import type { Bell } from './bell.ts'
import type { Stretch } from './history.ts'

export interface WatchSource {
  readonly bell: Bell
  /** Ends the watch, quietly. */
  readonly signal: AbortSignal
  /** The changes after a revision. */
  read(revision: number): Promise<Stretch>
}

/**
 * Changes after a revision, for ever. They are read from the history only as fast as they are taken,
 * so a slow reader costs no memory.
 */
export async function* changesFrom(revision: number, source: WatchSource): AsyncGenerator<StoreEvent> {
  const { bell, signal } = source
  let position = revision
  let rung = true
  let wake: (() => void) | undefined
  const hear = (): void => {
    rung = true
    wake?.()
  }
  const stopListening = bell.listen(hear)
  signal.addEventListener('abort', hear)
  // Whoever watched may have left without a word, and takes nothing any more.
  signal.addEventListener('abort', stopListening, { once: true })
  try {
    while (!signal.aborted) {
      rung = false
      const stretch = await source.read(position)
      for (const group of stretch.revisions) {
        if (signal.aborted) return
        yield { is: 'changes', ...group }
      }
      if (stretch.upTo > position && stretch.revisions.length === 0)
        yield { is: 'progress', revision: String(stretch.upTo) }
      position = stretch.upTo
      if (stretch.last && !rung && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stopListening()
    signal.removeEventListener('abort', hear)
  }
}
