/** Runs tasks so many at once. */
export async function together<T>(
  items: Iterable<T>,
  atOnce: number,
  task: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items[Symbol.iterator]()
  const work = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await task(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
