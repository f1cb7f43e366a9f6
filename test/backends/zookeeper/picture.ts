import type { WatchLog } from '../kv/suite/watch-log.ts'
import type { Ground } from '../kv/suite/ground.ts'

/** What a watcher that was told these changes takes for what is there: the rest of each key, with its value. */
export function pictureOf(ground: Ground, log: WatchLog, before: Readonly<Record<string, string>> = {}) {
  const picture = new Map(Object.entries(before))
  for (const change of log.changes())
    if ('put' in change) picture.set(ground.rest(change.put.key), Buffer.from(change.put.value).toString())
    else picture.delete(ground.rest(change.removed))
  return Object.fromEntries([...picture].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
