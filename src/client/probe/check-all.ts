import type { InstanceEntry } from '../../model/reading.ts'
import { askedOf } from './ask.ts'
import { type Health, checkHealth } from './health.ts'

/** An endpoint with its health; without one where it cannot be asked. */
export interface Checked {
  readonly entry: InstanceEntry
  readonly endpoint: string
  readonly health?: Health
}

export interface CheckAllOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (checked: number, of: number) => void
}

/** Endpoints asked at once. */
const CONCURRENCY = 64

/** Checks every endpoint of the instances, so many at once; the answers are in the order of the instances. */
export async function checkAll(entries: readonly InstanceEntry[], options: CheckAllOptions = {}): Promise<Checked[]> {
  const { signal, onProgress } = options
  const checked: Checked[] = entries.flatMap((entry) =>
    entry.instance.endpoints.map((endpoint) => ({ entry, endpoint })),
  )
  const queue = checked.entries()
  let done = 0
  const work = async () => {
    for (const [at, each] of queue) {
      const asked = askedOf(each.endpoint)
      if (asked) checked[at] = { ...each, health: await checkHealth(asked, signal) }
      onProgress?.(++done, checked.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, checked.length) }, work))
  return checked
}
