import type { RecordChange } from '../backends/contract/backend.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { ServicePicture } from './service-picture.ts'
import type { Source } from './source.ts'

/** An instance as it was and as it is; one of them is missing where it came or went. */
export interface EntryChange {
  readonly before?: InstanceEntry
  readonly after?: InstanceEntry
}

/** The instances of a scope as they were last seen, held service by service. Malformed records are no instances. */
export class Picture {
  readonly #source: Pick<Source, 'backend' | 'now'>
  readonly #services = new Map<string, ServicePicture>()
  /** No later than the time (milliseconds since 1970) at which a status changes by itself. */
  #dueAt = Infinity

  constructor(source: Pick<Source, 'backend' | 'now'>) {
    this.#source = source
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** Takes what changed together, so that an instance of several records changes once. */
  apply(changes: readonly RecordChange[]): EntryChange[] {
    const byService = new Map<string, RecordChange[]>()
    for (const change of changes) {
      const { service } = 'put' in change ? change.put : change.removed
      const some = byService.get(service)
      if (some) some.push(change)
      else byService.set(service, [change])
    }
    return [...byService].flatMap(([service, some]) => this.#change(service, some))
  }

  /** Takes all records of one service, as a registry or a scan answers them. */
  setService(service: string, records: readonly RawRecord[]): EntryChange[] {
    const there = new Set(records.map((record) => record.id))
    const gone = this.#services.get(service)?.recordIds() ?? []
    const removals = [...gone].filter((id) => !there.has(id)).map((id) => ({ removed: { id, service } }))
    return this.#change(service, [...removals, ...records.map((put) => ({ put }))])
  }

  /** After a whole scan: services that it did not meet are gone. */
  keepOnly(services: ReadonlySet<string>): EntryChange[] {
    const gone = [...this.#services.keys()].filter((service) => !services.has(service))
    return gone.flatMap((service) => this.setService(service, []))
  }

  /** Reads again what time alone has changed. */
  passTime(): EntryChange[] {
    const now = this.#source.now()
    const due: RecordChange[] = []
    this.#dueAt = Infinity
    for (const service of this.#services.values()) {
      for (const { until = Infinity, records } of service.entries()) {
        if (until <= now) due.push(...records.map((put) => ({ put })))
        else this.#wake(until)
      }
    }
    return this.apply(due)
  }

  #change(service: string, changes: readonly RecordChange[]): EntryChange[] {
    const picture = this.#services.get(service) ?? new ServicePicture(this.#source)
    const changed = picture.apply(changes)
    if (picture.isEmpty) this.#services.delete(service)
    else this.#services.set(service, picture)
    for (const { after } of changed) this.#wake(after?.until)
    return changed
  }

  #wake(until = Infinity): void {
    this.#dueAt = Math.min(this.#dueAt, until)
  }
}
