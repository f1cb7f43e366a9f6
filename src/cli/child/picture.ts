import type { InstanceEntry } from '../../model/reading.ts'
import { instanceItem } from '../../reports/instances.ts'
import { API_VERSION, jsonLine } from '../output/documents.ts'
import type { ShownEvent } from '../output/events.ts'

/** The instances that a watch has told of, as they are now. */
export class Picture {
  readonly #entries = new Map<string, InstanceEntry>()
  #revision: string | undefined

  take(event: ShownEvent): void {
    if ('revision' in event && event.revision !== undefined) this.#revision = event.revision
    if (!('entry' in event)) return
    if (event.type === 'updated') this.#entries.delete(keyOf(event.before))
    if (event.type === 'removed') this.#entries.delete(keyOf(event.entry))
    else this.#entries.set(keyOf(event.entry), event.entry)
  }

  /** An `InstanceList`, as `ls -o json` prints it, in the order of services and ids. `now` in milliseconds since 1970. */
  json(now: number): string {
    const items = [...this.#entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => instanceItem(entry))
    const revision = this.#revision === undefined ? {} : { revision: this.#revision }
    const list = {
      apiVersion: API_VERSION,
      kind: 'InstanceList',
      items,
      asOf: new Date(now).toISOString(),
      ...revision,
    }
    return `${jsonLine(list)}\n`
  }
}

/** One service may have an id in several places. */
function keyOf({ service, instance, records }: InstanceEntry): string {
  return [service, instance.id, ...records.map(({ id }) => id)].join('\0')
}
