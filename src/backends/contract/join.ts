import { anyOf } from '../../model/signals.ts'
import { Arrivals } from './arrivals.ts'

type Source<T> = (signal: AbortSignal) => AsyncIterable<T>

/** Several streams as one, each item as it comes. All end when one fails, or when the signal is given. */
export async function* joined<T>(sources: readonly Source<T>[], signal: AbortSignal): AsyncGenerator<T> {
  const stop = new AbortController()
  const all = anyOf(signal, stop.signal)
  const coming = new Map<AsyncIterator<T>, Promise<Next<T>>>()
  const arrivals = new Arrivals<Next<T>>()
  const ask = (stream: AsyncIterator<T>): void => {
    const next = nextOf(stream)
    coming.set(stream, next)
    arrivals.add(next)
  }
  try {
    for (const source of sources) ask(source(all)[Symbol.asyncIterator]())
    while (coming.size > 0) {
      const { stream, result } = await arrivals.next()
      if (result.done) coming.delete(stream)
      else {
        ask(stream)
        yield result.value
      }
    }
  } finally {
    stop.abort()
    await Promise.allSettled(coming.values())
  }
}

interface Next<T> {
  readonly stream: AsyncIterator<T>
  readonly result: IteratorResult<T>
}

async function nextOf<T>(stream: AsyncIterator<T>): Promise<Next<T>> {
  return { stream, result: await stream.next() }
}
