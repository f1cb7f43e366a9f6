import { anyOf } from '../../model/signals.ts'

type Source<T> = (signal: AbortSignal) => AsyncIterable<T>

/** Several streams as one, each item as it comes. All end when one fails, or when the signal is given. */
export async function* joined<T>(sources: readonly Source<T>[], signal: AbortSignal): AsyncGenerator<T> {
  const stop = new AbortController()
  const all = anyOf(signal, stop.signal)
  const streams = sources.map((source) => source(all)[Symbol.asyncIterator]())
  const coming = new Map(streams.map((stream) => [stream, nextOf(stream)]))
  try {
    while (coming.size > 0) {
      const { stream, result } = await Promise.race(coming.values())
      if (result.done) coming.delete(stream)
      else {
        coming.set(stream, nextOf(stream))
        yield result.value
      }
    }
  } finally {
    stop.abort()
    await Promise.allSettled(coming.values())
  }
}

async function nextOf<T>(stream: AsyncIterator<T>) {
  return { stream, result: await stream.next() }
}
