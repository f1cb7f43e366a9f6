import type { WatchEvent } from '../model/change.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { byCode } from './fold.ts'

/** The instances that a watch has told of, as they are now. */
export class WatchedEntries {
  readonly #entries = new Map<string, InstanceEntry>()

  take(event: WatchEvent): void {
    if (!('entry' in event)) return
    if (event.type === 'updated') this.#entries.delete(keyOf(event.before))
    if (event.type === 'removed') this.#entries.delete(keyOf(event.entry))
    else this.#entries.set(keyOf(event.entry), event.entry)
  }

  /** Ordered by service and id. */
  sorted(): InstanceEntry[] {
    return [...this.#entries.values()].sort(inOrder)
  }
}

/** Names an instance by its records, as the watch itself knows it: two records of a service may say the same id. */
export function keyOf({ service, instance, records }: InstanceEntry): string {
  return [service, instance.id, ...records.map(({ id }) => id)].join('\0')
}

function inOrder(a: InstanceEntry, b: InstanceEntry): number {
  return byCode(a.service, b.service) || byCode(a.instance.id, b.instance.id) || byCode(keyOf(a), keyOf(b))
}
