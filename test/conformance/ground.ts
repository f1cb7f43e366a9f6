import type {
  Backend,
  EncodeOptions,
  Page,
  Registration,
  RestoreRecord,
  ScanOptions,
  Scope,
  WriteOptions,
} from '../../src/backends/contract/backend.ts'
import type { OpenOptions } from '../../src/backends/contract/driver.ts'
import type { Diagnosis } from '../../src/model/diagnosis.ts'
import { ServiceInstance, type InstanceInit } from '../../src/model/instance.ts'
import { silent } from '../../src/model/logger.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import type { Reading } from '../../src/model/reading.ts'
import type { Outcome, RawRecord } from '../../src/model/record.ts'
import { WatchLog } from './watch-log.ts'

/** What a kind of registry brings to the suite. It is empty, and nobody else writes to it. */
export interface Registry extends AsyncDisposable {
  /** A client of it, as another process would have one. */
  open(options: OpenOptions): Promise<Backend>
  /** What `doctor` finds. */
  diagnose(options: OpenOptions): AsyncIterable<Diagnosis>
  /** How a command line names it, once it is opened. */
  named(): Named
  /** An instance that it holds without loss. Another port is another address. */
  instance(service: string, id: string, port: number): InstanceInit
  /** An instance whose record holds a status, and the layout for it where it is not the usual one. */
  withStatus(service: string, id: string, port: number): { instance: InstanceInit; layout?: LayoutName }
  /** A record that no client can use. */
  malformed(service: string, id: string): RestoreRecord
  /** What no client can use is foreign to it, so that it is left alone. */
  readonly judgesNothing?: boolean
  /** It takes records of its own form alone, and no other bytes under any key. */
  readonly typed?: boolean
  /** It says itself under which key a registration lies. */
  readonly assignsKeys?: boolean
  /** Its records are known by where instances listen: one that moves leaves its record, and makes another. */
  readonly byAddress?: boolean
  /** A service that had instances with heartbeats takes none without, also when it is empty. */
  readonly keepsKind?: boolean
  /** Every registration ends without heartbeats: there is none without a TTL. */
  readonly alwaysEnds?: boolean
  /** What of a record was stored by whoever wrote it, where the server keeps more beside that; left out: all of it. */
  stored?(record: RawRecord): object
  /** A service name as unlike the usual ones as it takes. */
  readonly strangeName?: string
  /** What it takes for an instance to be up without anybody behind it. */
  readonly options?: WriteOptions
  /** What many records are encoded with that nobody keeps alive: where checking them keeps the server busy. */
  readonly unattended?: WriteOptions
  /** What has to be there before an instance can be registered, and how it is then named. */
  prepare?(instance: InstanceInit): Promise<void>
  /** What an instance is registered with, beside `options`. */
  optionsFor?(instance: InstanceInit): EncodeOptions
  /** Forgets the history up to now, where a test can make it do so. */
  forget?(): Promise<void>
}

export interface Named {
  readonly url: string
  readonly token?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The registry under test, its clients, and short words for what every test does. */
export class Ground implements AsyncDisposable {
  readonly registry: Registry
  /** The clock of every client; null: the real one. */
  time: number | null = null
  readonly #opened: Backend[] = []
  readonly #logs: WatchLog[] = []

  constructor(registry: Registry) {
    this.registry = registry
  }

  now = (): number => this.time ?? Date.now()

  async open(): Promise<Backend> {
    const backend = await this.registry.open(this.#options(new AbortController().signal))
    this.#opened.push(backend)
    return backend
  }

  /** What `doctor` finds. */
  diagnose(signal = new AbortController().signal): Promise<Diagnosis[]> {
    return collect(this.registry.diagnose(this.#options(signal)))
  }

  #options(signal: AbortSignal): OpenOptions {
    return { signal, logger: silent, now: this.now }
  }

  instance(id: string, { service = 'sre', port = 9000 } = {}): InstanceInit {
    return this.registry.instance(service, id, port)
  }

  async register(backend: Backend, instance: InstanceInit, options: WriteOptions = {}): Promise<Registration> {
    const { registry } = this
    await registry.prepare?.(instance)
    return await backend.register(instance, { ...registry.options, ...registry.optionsFor?.(instance), ...options })
  }

  encode(backend: Backend, instance: InstanceInit, options: WriteOptions = {}): RawRecord[] {
    return backend.encode(instance, { ...this.registry.optionsFor?.(instance), ...options })
  }

  async pages(backend: Backend, scope: Scope = {}, options: ScanOptions = {}): Promise<Page[]> {
    const pages: Page[] = []
    for await (const page of backend.scan(scope, options)) pages.push(page)
    return pages
  }

  async records(backend: Backend, scope: Scope = {}, options: ScanOptions = {}): Promise<RawRecord[]> {
    return (await this.pages(backend, scope, options)).flatMap((page) => page.records)
  }

  async readings(backend: Backend, scope: Scope = {}): Promise<Reading[]> {
    return (await this.records(backend, scope)).map((record) => backend.read(record, this.now()))
  }

  /** `name/id` of every instance, its parts counted as one. */
  async names(backend: Backend, scope: Scope = {}): Promise<string[]> {
    const readings = await this.readings(backend, scope)
    const names = readings.map((reading) =>
      reading.is === 'instance' ? `${reading.instance.name}/${reading.instance.id}` : reading.is,
    )
    return [...new Set(names)]
  }

  /** The instance under a service and id, put together from its parts. */
  async find(backend: Backend, id: string, service = 'sre'): Promise<ServiceInstance | undefined> {
    const readings = await this.readings(backend, { services: [service] })
    const parts = readings.flatMap((reading) => (reading.is === 'instance' ? [reading.instance] : []))
    const [first, ...rest] = parts.filter((part) => part.id === id)
    return first && { ...first, endpoints: [first, ...rest].flatMap((part) => part.endpoints) }
  }

  /** A watch that is known to be watching: nothing written after this is missed. */
  async watch(backend: Backend, scope: Scope = {}): Promise<WatchLog> {
    const pages = await this.pages(backend, scope)
    const log = this.follow(backend, scope, pages[0]?.revision)
    log.known(pages.flatMap((page) => page.records))
    // Without a revision to begin after, the first message says that the watch has begun.
    if (pages[0]?.revision === undefined) await log.begun
    return log
  }

  follow(backend: Backend, scope: Scope, since?: string): WatchLog {
    const log = new WatchLog(backend, scope, since)
    this.#logs.push(log)
    return log
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const log of this.#logs) await log.stop()
    for (const backend of this.#opened) await backend[Symbol.asyncDispose]()
    await this.registry[Symbol.asyncDispose]()
  }
}

export async function collect<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const all: T[] = []
  for await (const item of items ?? []) all.push(item)
  return all
}

/** Results by id. */
export function results(outcomes: readonly Outcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map((outcome) => [outcome.id, outcome.result]))
}

export function bytes(record: RawRecord): string {
  return record.body instanceof Uint8Array ? Buffer.from(record.body).toString('hex') : JSON.stringify(record.body)
}
