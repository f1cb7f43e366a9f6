import type { RecordChange } from '../contract/backend.ts'
import { type EurekaTree, idIn, textIn } from './instance.ts'
import { type EurekaRecord, listedAs, recordId, recordOf, revisionOf } from './record.ts'

interface Seen {
  /** As Eureka writes it: `UP`. */
  readonly status: string
  readonly revision: string
  /** Undefined where it is outside of the scope, or its lease has ended. */
  readonly record: EurekaRecord | undefined
}

/** What is known of a whole registry, so that changes can be applied to it: outside of the scope only what their hash is made of. */
export class RegistryView {
  readonly #services: ReadonlySet<string> | undefined
  readonly #rawKey: string | undefined
  #instances = new Map<string, Seen>()

  constructor(scope: { readonly services?: readonly string[]; readonly rawKey?: string }) {
    this.#services = scope.services && scope.rawKey === undefined ? new Set(scope.services) : undefined
    this.#rawKey = scope.rawKey
  }

  /** How many instances have which status, as Eureka writes it: `DOWN_1_UP_3_`. */
  get hash(): string {
    const counts = new Map<string, number>()
    for (const { status } of this.#instances.values()) counts.set(status, (counts.get(status) ?? 0) + 1)
    return [...counts.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([status, count]) => `${status}_${count}_`)
      .join('')
  }

  /** What an instance is listed as within the scope; undefined outside of it. */
  listedAs(instance: EurekaTree): string | undefined {
    if (this.#rawKey !== undefined && idOf(instance) !== this.#rawKey) return undefined
    return listedAs(instance, this.#services)
  }

  /** Takes the whole registry: all instances, and the records of those in the scope. */
  replace(instances: readonly EurekaTree[], records: readonly EurekaRecord[]): RecordChange[] {
    const before = this.#instances
    const byId = new Map(records.map((record) => [record.id, record]))
    this.#instances = new Map()
    for (const instance of instances) {
      const id = idOf(instance)
      const record = byId.get(id)
      // It may have been read again after the list was made.
      this.#instances.set(id, seen(record?.body ?? instance, record))
    }
    const gone = [...before.values()].flatMap(({ record }) => (record && !byId.has(record.id) ? removalOf(record) : []))
    const news = records.filter(({ id, revision }) => before.get(id)?.record?.revision !== revision)
    return [...gone, ...news.map((put) => ({ put }))]
  }

  /** Takes what changed in the last minutes, most of which is known already. */
  apply(delta: readonly EurekaTree[]): RecordChange[] {
    const changes: RecordChange[] = []
    for (const instance of delta) {
      const id = idOf(instance)
      const known = this.#instances.get(id)
      if (textIn(instance, 'actionType') === 'DELETED') {
        this.#instances.delete(id)
        if (known?.record) changes.push(removalOf(known.record))
        continue
      }
      const service = this.listedAs(instance)
      if (known?.revision === revisionOf(instance)) continue
      const record = service === undefined ? undefined : recordOf(instance, service, { at: 0, directly: false })
      this.#instances.set(id, seen(instance, record))
      if (record) changes.push({ put: record })
    }
    return changes
  }
}

function seen(instance: EurekaTree, record: EurekaRecord | undefined): Seen {
  return { status: textIn(instance, 'status'), revision: revisionOf(instance), record }
}

function removalOf({ id, service }: EurekaRecord): RecordChange {
  return { removed: { id, service } }
}

function idOf(instance: EurekaTree): string {
  return recordId({ app: textIn(instance, 'app'), id: idIn(instance) })
}
