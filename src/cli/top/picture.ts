import { keyOf } from '../../reports/watched-entries.ts'
import type { WatchEvent } from '../../model/change.ts'
import type { Entry, InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import type { ReportFold } from '../../reports/fold.ts'
import { type HostItem, hosts as hostsOf } from '../../reports/hosts.ts'
import { type ServiceItem, services as servicesOf } from '../../reports/services.ts'
import { type Summary, summary as summaryOf } from '../../reports/summary.ts'
import type { ShownEvent } from '../output/events.ts'
import { Rate } from './rate.ts'

/** Events that are kept. */
const KEPT = 1_000

/** An event, and when we learnt of it, in milliseconds since 1970. */
export interface SeenEvent {
  readonly event: ShownEvent
  readonly at: number
}

/** What a watch has told so far: every instance and malformed record that is there, and the newest events. */
export class LivePicture {
  readonly services = new Map<string, ServicePicture>()
  readonly changes = new Rate()
  /** The oldest first. */
  readonly events: SeenEvent[] = []
  /** Another number after each event that changes anything here. */
  version = 0
  isComplete = false
  /** Why the registry cannot be watched now; undefined while it can. */
  away: string | undefined
  readonly #summary = remembered(() => folded(summaryOf(), this.#entries()))
  readonly #hosts = remembered(() => folded(hostsOf(), this.#entries()))

  /** `at`: in milliseconds since 1970. */
  take(event: WatchEvent, at: number): void {
    this.version++
    switch (event.type) {
      case 'link':
        this.away = event.state === 'up' ? undefined : (event.message ?? 'connection lost')
        return
      case 'synced':
        this.isComplete = true
        break
      case 'malformed':
        this.#service(event.malformed.service).takeMalformed(event.malformed, event.gone)
        this.#forgetEmpty(event.malformed.service)
        break
      case 'gap':
        break
      default:
        this.#service(event.entry.service).take(event)
        this.#forgetEmpty(event.entry.service)
    }
    if (!this.isComplete || event.type === 'snapshot') return
    this.#note(event, at)
  }

  summary(): Summary {
    return this.#summary(this.version)
  }

  /** What lies under an empty name is of none. */
  get countOfServices(): number {
    return this.services.size - (this.services.has('') ? 1 : 0)
  }

  hosts(): readonly HostItem[] {
    return this.#hosts(this.version)
  }

  *instances(): Generator<InstanceEntry, void, undefined> {
    for (const service of this.services.values()) yield* service.entries.values()
  }

  *#entries(): Generator<Entry, void, undefined> {
    for (const service of this.services.values()) yield* service.all()
  }

  #note(event: ShownEvent, at: number): void {
    this.events.push({ event, at })
    if (this.events.length > KEPT) this.events.shift()
    const name = serviceOf(event)
    if (name === undefined) return
    this.changes.add(at)
    this.services.get(name)?.changes.add(at)
  }

  #service(name: string): ServicePicture {
    const known = this.services.get(name) ?? new ServicePicture(name)
    this.services.set(name, known)
    return known
  }

  #forgetEmpty(name: string): void {
    const service = this.services.get(name)
    if (service && service.entries.size + service.malformed.size === 0) this.services.delete(name)
  }
}

/** One service of a picture. */
export class ServicePicture {
  readonly name: string
  readonly entries = new Map<string, InstanceEntry>()
  readonly malformed = new Map<string, MalformedEntry>()
  readonly changes = new Rate()
  #version = 0
  readonly #item = remembered(() => folded(servicesOf(), this.all())[0])

  constructor(name: string) {
    this.name = name
  }

  /** Undefined where nothing of the service is left. */
  get item(): ServiceItem | undefined {
    return this.#item(this.#version)
  }

  take(event: Extract<WatchEvent, { type: 'snapshot' | 'added' | 'updated' | 'removed' }>): void {
    this.#version++
    if (event.type === 'updated') this.entries.delete(keyOf(event.before))
    if (event.type === 'removed') this.entries.delete(keyOf(event.entry))
    else this.entries.set(keyOf(event.entry), event.entry)
  }

  takeMalformed(entry: MalformedEntry, gone: true | undefined): void {
    this.#version++
    if (gone) this.malformed.delete(entry.record.id)
    else this.malformed.set(entry.record.id, entry)
  }

  *all(): Generator<Entry, void, undefined> {
    yield* this.entries.values()
    yield* this.malformed.values()
  }
}

/** The service that an event is about; undefined for what is about none. */
export function serviceOf(event: ShownEvent): string | undefined {
  if (event.type === 'malformed') return event.malformed.service
  return 'entry' in event ? event.entry.service : undefined
}

function folded<Result>(fold: ReportFold<Entry, Result>, entries: Iterable<Entry>): Result {
  for (const entry of entries) fold.add(entry)
  return fold.result()
}

/** Makes a value once for each version. */
function remembered<Value>(make: () => Value): (version: number) => Value {
  let last: { readonly version: number; readonly value: Value } | undefined
  return (version) => {
    if (last?.version !== version) last = { version, value: make() }
    return last.value
  }
}
