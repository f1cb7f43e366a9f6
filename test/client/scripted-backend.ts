import { EventEmitter, on } from 'node:events'
import type {
  RemovalEffect,
  Backend,
  Page,
  Registration,
  ScanOptions,
  Scope,
  WatchMessage,
  WatchOptions,
} from '../../src/backends/contract/backend.ts'
import type { Capabilities } from '../../src/model/capabilities.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { type InstanceInit, ServiceInstance } from '../../src/model/instance.ts'
import type { Observed } from '../../src/model/observed.ts'
import type { Reading } from '../../src/model/reading.ts'
import type { Outcome, RawRecord } from '../../src/model/record.ts'

/** What a record of the scripted registry says; `malformed` makes it one that no client can use. */
export interface Body {
  readonly instance?: Partial<InstanceInit>
  readonly observed?: Partial<Observed>
  readonly groupKey?: string
  /** Up until then, expired from then on. */
  readonly until?: number
  readonly malformed?: boolean
}

export const away = (): RollcallError => new RollcallError('unreachable', 'nobody answers')

const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: true,
  watch: true,
  history: true,
  revision: true,
  rawKeys: true,
  guarded: true,
  offline: false,
  restore: false,
  namespaces: false,
}

/** A record of the scripted registry: its id is `service/name`. */
export function recordOf(id: string, body: Body = {}): RawRecord {
  return { id, service: id.slice(0, id.indexOf('/')), body: Buffer.from(JSON.stringify(body)) }
}

function bodyOf({ body }: RawRecord): Body {
  return JSON.parse(Buffer.from(body as Uint8Array).toString()) as Body
}

/** A registry whose every answer a test decides, for orders of events that no real one can be made to show. */
export class ScriptedBackend implements Backend {
  readonly driver = 'scripted'
  readonly records = new Map<string, RawRecord>()
  revision = 1
  /** Each is thrown by one scan, in order. */
  readonly scanFailures: Error[] = []
  /** What each registration meets, in order: an error, or a registration. */
  readonly registrations: (Error | Registration)[] = []
  registered = 0
  /** Where each watch began, in order. */
  readonly watches: (string | undefined)[] = []
  readonly #capabilities: Capabilities
  readonly #line = new EventEmitter()

  constructor(capabilities: Partial<Capabilities> = {}) {
    this.#capabilities = { ...CAPABILITIES, ...capabilities }
  }

  capabilities(): Capabilities {
    return this.#capabilities
  }

  put(...records: RawRecord[]): void {
    for (const record of records) this.records.set(record.id, record)
  }

  /** Tells every watch, and changes what a scan finds. */
  tell(message: WatchMessage): void {
    if (message.is === 'changes') {
      this.revision = Number(message.revision ?? this.revision)
      for (const change of message.changes) {
        if ('put' in change) this.put(change.put)
        else this.records.delete(change.removed.id)
      }
    }
    this.#line.emit('message', message)
  }

  /** Ends every watch that way. */
  fail(error: Error): void {
    this.#line.emit('error', error)
  }

  async *scan(scope: Scope, _options: ScanOptions = {}): AsyncGenerator<Page> {
    const failure = this.scanFailures.shift()
    if (failure) throw failure
    const wanted = [...this.records.values()]
      .filter(({ service }) => scope.services?.includes(service) ?? true)
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
    const revision = this.#capabilities.revision ? { revision: String(this.revision) } : {}
    for (let at = 0; at === 0 || at < wanted.length; at += 3) yield { records: wanted.slice(at, at + 3), ...revision }
  }

  read(record: RawRecord, now: number): Reading {
    const { instance, observed, groupKey, until, malformed } = bodyOf(record)
    if (malformed) return { is: 'malformed', problem: { code: 'not-json', message: `${record.id} is no JSON` } }
    const id = record.id.slice(record.id.lastIndexOf('/') + 1)
    const status = until !== undefined && now >= until ? 'expired' : 'up'
    return {
      is: 'instance',
      instance: ServiceInstance.from({ id, name: record.service, ...instance }),
      observed: { status, ...observed },
      ...(groupKey === undefined ? {} : { groupKey }),
      ...(until === undefined || now >= until ? {} : { until }),
    }
  }

  encode(): RawRecord[] {
    return []
  }

  async register(): Promise<Registration> {
    this.registered += 1
    const next = this.registrations.shift()
    if (next instanceof Error) throw next
    if (next) return next
    throw new RollcallError('conflict', 'the script has no more registrations')
  }

  async *remove(records: readonly RawRecord[]): AsyncGenerator<Outcome> {
    for (const { id } of records) yield { id, result: this.records.delete(id) ? 'done' : 'absent' }
  }

  whyDead(): undefined {}

  removalEffect(): RemovalEffect {
    return { comesBack: false }
  }

  async *watch(_scope: Scope, { signal, since }: WatchOptions): AsyncGenerator<WatchMessage> {
    this.watches.push(since)
    for await (const [message] of on(this.#line, 'message', { signal })) yield message as WatchMessage
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
