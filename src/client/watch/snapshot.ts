import type { RecordChange } from '../../backends/contract/backend.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { type Reader, type SnapshotChange, WatchedService } from './watched-service.ts'

/** The instances of a scope as they were last seen, held service by service, and the malformed records where the reader wants them. */
export class InstanceSnapshot {
  readonly #source: Reader
  readonly #services = new Map<string, WatchedService>()
  /** No later than the time (milliseconds since 1970) at which a status changes by itself. */
  #dueAt = Infinity

  constructor(source: Reader) {
    this.#source = source
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /**
   * Takes records of one service in a first reading, which go on where the last ones ended. Returns the instances that
   * are whole: from the first part of one on none are, for what comes after it may complete it, and keeps its order.
   */
  fill(records: readonly RawRecord[]): (InstanceEntry | MalformedEntry)[] {
    const service = records[0]?.service ?? ''
    const snapshot = this.#services.get(service) ?? new WatchedService(this.#source)
    const entries = snapshot.fill(records)
    if (!snapshot.isEmpty) this.#services.set(service, snapshot)
    for (const entry of entries) if (entry.is === 'instance') this.#wake(entry.until)
    return entries
  }

  /** The instances of a service that `fill` kept back, now that all its records are there. */
  filled(service: string): InstanceEntry[] {
    const entries = this.#services.get(service)?.filled() ?? []
    for (const { until } of entries) this.#wake(until)
    return entries
  }

  /** Takes what changed together, so that an instance of several records changes once. */
  apply(changes: readonly RecordChange[]): SnapshotChange[] {
    const [first] = changes
    if (first && changes.length === 1) return this.#change(serviceOf(first), changes)
    const byService = new Map<string, RecordChange[]>()
    for (const change of changes) {
      const service = serviceOf(change)
      const some = byService.get(service)
      if (some) some.push(change)
      else byService.set(service, [change])
    }
    return [...byService].flatMap(([service, some]) => this.#change(service, some))
  }

  /** Takes all records of one service, as a registry or a scan answers them. */
  setService(service: string, records: readonly RawRecord[]): SnapshotChange[] {
    const there = new Set(records.map((record) => record.id))
    const gone = this.#services.get(service)?.recordIds() ?? []
    const removals = [...gone].filter((id) => !there.has(id)).map((id) => ({ removed: { id, service } }))
    return this.#change(service, [...removals, ...records.map((put) => ({ put }))])
  }

  /** After a whole scan: services that it did not meet are gone. */
  keepOnly(services: ReadonlySet<string>): SnapshotChange[] {
    const gone = [...this.#services.keys()].filter((service) => !services.has(service))
    return gone.flatMap((service) => this.setService(service, []))
  }

  /** Reads again what time alone has changed. */
  passTime(): SnapshotChange[] {
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

  #change(service: string, changes: readonly RecordChange[]): SnapshotChange[] {
    const snapshot = this.#services.get(service) ?? new WatchedService(this.#source)
    const changed = snapshot.apply(changes)
    if (snapshot.isEmpty) this.#services.delete(service)
    else this.#services.set(service, snapshot)
    for (const change of changed) if ('after' in change) this.#wake(change.after?.until)
    return changed
  }

  #wake(until = Infinity): void {
    this.#dueAt = Math.min(this.#dueAt, until)
  }
}

function serviceOf(change: RecordChange): string {
  return ('put' in change ? change.put : change.removed).service
}
