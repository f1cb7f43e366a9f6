import { WatchedEntries } from '../../reports/watched-entries.ts'
import { instanceItem } from '../../reports/instances.ts'
import { API_VERSION, jsonLine } from '../output/documents.ts'
import type { ShownEvent } from '../output/events.ts'

/** What a watch has told of, as a program reads it. */
export class Picture {
  readonly #entries = new WatchedEntries()
  #revision: string | undefined

  take(event: ShownEvent): void {
    if ('revision' in event && event.revision !== undefined) this.#revision = event.revision
    this.#entries.take(event)
  }

  /** An `InstanceList`, as `ls -o json` prints it, in the order of services and ids. `now` in milliseconds since 1970. */
  json(now: number): string {
    const items = this.#entries.sorted().map((entry) => instanceItem(entry))
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
