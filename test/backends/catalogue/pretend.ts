import { CatalogueBackend } from '../../../src/backends/catalogue/backend.ts'
import type {
  HeartbeatOptions,
  Catalogue,
  Life,
  Occupants,
  PutOptions,
  StatusOptions,
  Stop,
  Visibility,
} from '../../../src/backends/catalogue/catalogue.ts'
import type { RemovalEffect, Page, WriteOptions } from '../../../src/backends/contract/backend.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { RollcallError, type ErrorCode } from '../../../src/model/errors.ts'
import { type InstanceInit, ServiceInstance } from '../../../src/model/instance.ts'
import type { Reading } from '../../../src/model/reading.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import type { Status } from '../../../src/model/status.ts'

/** A record of the pretended registry: an endpoint. */
export interface Slip extends RawRecord {
  readonly body: Entry
}

interface Entry {
  readonly owner: string
  readonly version: string
  /** Milliseconds; null: it needs no heartbeats. */
  readonly ttl: number | null
  readonly isDead: boolean
  readonly isOut: boolean
}

type Act = (carryOut: () => unknown) => unknown

const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: false,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: true,
  namespaces: false,
}

/** A registry in memory, whose requests go as a test says. It notes each: `put sre/a`. */
export class Pretend implements Catalogue<Slip> {
  readonly driver = 'pretend'
  readonly title = 'Pretend'
  capabilities: Capabilities = CAPABILITIES
  readonly warnings: string[] = []
  readonly logger = { debug() {}, info() {}, warn: (message: string) => void this.warnings.push(message) }
  time = 1_000
  readonly now = () => this.time
  atOnce = 4
  batch = 8
  visible?: Visibility
  readonly statuses: readonly Status[] = ['up', 'down']
  late?: Catalogue<Slip>['late']
  refuseToDelete?: Catalogue<Slip>['refuseToDelete']
  /** Whether heartbeats are told apart from what is gone only by a look. */
  looksBeforeBeats = true

  readonly asked: string[] = []
  /** The most requests that were under way together. */
  most = 0
  readonly stored = new Map<string, Slip>()
  /** Looks after a change that show what was there before. */
  lag = 0
  #stale = 0
  #before = new Map<string, Slip>()
  #under = 0
  #revision = 0
  readonly #acts: { readonly request: string; readonly act: Act; times: number }[] = []

  /** What happens at the next requests of that name: `put` or `put sre/a`. */
  at(request: string, act: Act, times = 1): void {
    this.#acts.push({ request, act, times })
  }

  backend(): CatalogueBackend<Slip> {
    return new CatalogueBackend<Slip>(this)
  }

  /** Another process writes. */
  write(id: string, entry: Partial<Entry> = {}): Slip {
    this.#change()
    const body = { owner: 'i-1', version: '', ttl: 100, isDead: false, isOut: false, ...entry }
    const slip = { id, service: 'sre', body, revision: String(++this.#revision) }
    this.stored.set(id, slip)
    return slip
  }

  erase(id: string): void {
    this.#change()
    this.stored.delete(id)
  }

  #change(): void {
    this.#before = new Map(this.#shown())
    this.#stale = this.lag
  }

  #shown(): ReadonlyMap<string, Slip> {
    return this.#stale > 0 ? this.#before : this.stored
  }

  async #ask<T>(request: string, signal: AbortSignal | undefined, carryOut: () => T): Promise<T> {
    signal?.throwIfAborted()
    this.asked.push(request)
    this.most = Math.max(this.most, ++this.#under)
    try {
      await Promise.resolve()
      const [name] = request.split(' ')
      const found = this.#acts.find((each) => each.times > 0 && (each.request === request || each.request === name))
      if (!found) return carryOut()
      found.times -= 1
      return (await found.act(carryOut)) as T
    } finally {
      this.#under -= 1
    }
  }

  encode({ id, name, version, endpoints }: InstanceInit, { ttl = 100 }: WriteOptions): Slip[] {
    const body = { owner: id, version: version ?? '', ttl, isDead: false, isOut: false }
    return (endpoints ?? []).map((endpoint) => ({ id: `${name}/${endpoint}`, service: name, body }))
  }

  own(record: RawRecord): Slip | undefined {
    return 'owner' in record.body ? (record as Slip) : undefined
  }

  compare({ body: a }: Slip, { body: b }: Slip): 'equal' | 'outdated' | 'other' {
    if (a.owner !== b.owner || a.version !== b.version) return 'other'
    return a.ttl === b.ttl ? 'equal' : 'outdated'
  }

  isLive({ body }: Slip): boolean {
    return !body.isDead
  }

  isOut({ body }: Slip): boolean {
    return body.isOut
  }

  life({ body: { ttl } }: Slip, { keepAlive }: WriteOptions): Life | undefined {
    if (ttl !== null) return { beatEvery: ttl / 2, unhealthyAfter: ttl, endsAfter: 2 * ttl }
    return keepAlive ? { beatEvery: 30 } : undefined
  }

  current(records: readonly Slip[], signal?: AbortSignal): Promise<Map<string, Slip>> {
    return this.#ask('current', signal, () => {
      const found = records.flatMap(({ id }) => this.#shown().get(id) ?? [])
      this.#stale = Math.max(0, this.#stale - 1)
      return new Map(found.map((slip) => [slip.id, slip]))
    })
  }

  occupants(wanted: readonly Slip[], { signal }: Stop): Promise<Occupants<Slip>> {
    return this.#ask('occupants', signal, () => {
      const ids = new Set(wanted.map(({ id }) => id))
      const owner = wanted[0]?.body.owner
      const rivals = [...this.#shown().values()].filter(({ id, body }) => !ids.has(id) && body.owner === owner)
      return { own: wanted.map(({ id }) => this.#shown().get(id)), rivals }
    })
  }

  put({ id, body }: Slip, { expect, restored, signal }: PutOptions<Slip>): Promise<Slip | 'changed' | undefined> {
    return this.#ask(`put ${id}`, signal, () => {
      const there = this.stored.get(id)
      if (this.capabilities.guarded && there?.revision !== expect?.revision) return 'changed'
      const isOut = restored ? body.isOut : (there?.body.isOut ?? false)
      const slip = this.write(id, { ...body, isDead: false, isOut })
      return this.visible ? undefined : slip
    })
  }

  delete({ id, revision }: Slip, { signal }: Stop): Promise<'done' | 'absent' | 'changed'> {
    return this.#ask(`delete ${id}`, signal, () => {
      const there = this.stored.get(id)
      if (!there) return 'absent'
      if (this.capabilities.guarded && there.revision !== revision) return 'changed'
      this.erase(id)
      return 'done'
    })
  }

  async beat({ id, body }: Slip, { look, signal }: HeartbeatOptions) {
    if (body.ttl === null) return 'unneeded'
    if (this.looksBeforeBeats && (await look()) === 'gone') return 'lost'
    return await this.#ask(`beat ${id}`, signal, () => (this.stored.has(id) ? 'ok' : 'lost'))
  }

  setStatus({ id }: Slip, { status, signal }: StatusOptions): Promise<'done' | 'absent'> {
    return this.#ask(`status ${id}`, signal, () => {
      const there = this.stored.get(id)
      if (!there) return 'absent'
      this.write(id, { ...there.body, isOut: status === 'down' })
      return 'done'
    })
  }

  async *scan(): AsyncGenerator<Page> {
    yield { records: [...this.stored.values()] }
  }

  read({ id, service, body }: RawRecord): Reading {
    const { owner } = body as Entry
    const instance = ServiceInstance.from({ id: owner, name: service, endpoints: [`http://${id}`] })
    return { is: 'instance', instance, observed: { status: 'up' }, groupKey: owner }
  }

  whyDead(): undefined {
    return undefined
  }

  removalEffect(): RemovalEffect {
    return { comesBack: false }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** An error of a registry, as a test wants it. */
export function failure(code: ErrorCode, message: string = code): RollcallError {
  return new RollcallError(code, message)
}

/** The request is carried out, and its answer never comes. */
export const answerLost = (carryOut: () => unknown): never => {
  carryOut()
  throw failure('timeout')
}

/** The request is not carried out. */
export const fails = (code: ErrorCode, message?: string) => (): never => {
  throw failure(code, message)
}

/** An instance with an endpoint at each of these. */
export const sre = (...endpoints: string[]): InstanceInit => ({ id: 'i-1', name: 'sre', endpoints })
