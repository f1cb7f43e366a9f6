import type { OneRegistry, SeveralRegistries } from '../command.ts'

/** What one registry has, in order; empty at its end. */
interface Head<T> {
  readonly one: OneRegistry
  readonly from: AsyncIterator<readonly T[]>
  batch: readonly T[]
  at: number
}

export interface Tagged<T> {
  readonly registry: string
  readonly item: T
}

/**
 * What several registries have, each in its order, as one list in that order; of equals, the registry that was named first. It
 * holds a batch of each. One that fails is noted, and the others go on.
 */
export async function* merged<T>(
  registries: SeveralRegistries,
  open: (one: OneRegistry) => AsyncIterable<readonly T[]>,
  compare: (a: T, b: T) => number,
): AsyncGenerator<readonly Tagged<T>[], void, undefined> {
  const sources = registries.all.map((one) => ({ one, from: open(one)[Symbol.asyncIterator](), batch: [], at: 0 }))
  let heads: Head<T>[] = sources
  try {
    heads = await filled(registries, heads)
    let batch: Tagged<T>[] = []
    while (heads.length > 0) {
      const first = heads.reduce((a, b) => (compare(itemOf(b), itemOf(a)) < 0 ? b : a))
      batch.push({ registry: first.one.name, item: itemOf(first) })
      if (++first.at < first.batch.length) continue
      // Whatever is next of this one has yet to come: meanwhile all that is known to come before is shown.
      yield batch
      batch = []
      heads = await filled(registries, heads)
    }
    if (batch.length > 0) yield batch
  } finally {
    await Promise.all(sources.map(({ from }) => Promise.resolve(from.return?.()).catch(() => {})))
  }
}

function itemOf<T>({ batch, at }: Head<T>): T {
  return batch[at] as T
}

/** Those that have an item, after reading on where a batch is used up. */
async function filled<T>(registries: SeveralRegistries, heads: readonly Head<T>[]): Promise<Head<T>[]> {
  const read = await Promise.all(
    heads.map(async (head) => {
      try {
        while (head.at >= head.batch.length) {
          const { value, done } = await head.from.next()
          if (done) return []
          head.batch = value
          head.at = 0
        }
        return [head]
      } catch (error) {
        registries.failed(head.one, error)
        return []
      }
    }),
  )
  return read.flat()
}
