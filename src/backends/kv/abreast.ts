/** Requests at the same time. */
const ABREAST = 50

/** Does the work for each item, some at the same time. Nothing more is begun after a failure, and all that was begun is over when this ends. */
export async function abreast<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  const waiting = items.entries()
  let failed = false
  const worker = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      if (failed) return
      try {
        await work(item, at)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const works = await Promise.allSettled(Array.from({ length: Math.min(ABREAST, items.length) }, worker))
  for (const done of works) if (done.status === 'rejected') throw done.reason
}
