import type { KeyRange, KvRecord, OperationOutcome, Store } from '../../../../src/backends/kv/store.ts'
import { WatchLog } from './watch-log.ts'

/** The store under test, the part of it that is ours, and short words for what every test does. */
export class Ground {
  readonly store: Store
  readonly base: Uint8Array
  /** Everything under the base. */
  readonly range: KeyRange
  readonly paths: boolean
  readonly #logs: WatchLog[] = []

  constructor({ store, base, paths = false }: { store: Store; base: Uint8Array; paths?: boolean }) {
    this.store = store
    this.base = base
    this.paths = paths
    const end = Uint8Array.from(base)
    end[end.length - 1] = (end.at(-1) ?? 0) + 1
    this.range = { start: base, end }
  }

  key(rest: string | Uint8Array): Uint8Array {
    return Buffer.concat([this.base, Buffer.from(rest)])
  }

  /** The strangest end of a key that the store takes. */
  get strange(): Uint8Array {
    return this.paths ? Buffer.from('ÿ \\ "用户"') : Buffer.from('ff00', 'hex')
  }

  async put(rest: string | Uint8Array, value: string | Uint8Array = 'value', lease?: string): Promise<string> {
    const put = { put: this.key(rest), value: Buffer.from(value), ...(lease ? { lease } : {}) }
    const [outcome] = await this.store.write([put])
    return revisionOf(outcome)
  }

  async remove(rest: string | Uint8Array): Promise<string> {
    const [outcome] = await this.store.write([{ delete: this.key(rest) }])
    return revisionOf(outcome)
  }

  async records(range: KeyRange = this.range): Promise<KvRecord[]> {
    const all: KvRecord[] = []
    for await (const page of this.store.scan(range)) all.push(...page.records)
    return all
  }

  /** What lies under the base: the rest of each key, with its value. */
  async texts(): Promise<Record<string, string>> {
    const records = await this.records()
    return Object.fromEntries(records.map((record) => [this.rest(record.key), Buffer.from(record.value).toString()]))
  }

  rest(key: Uint8Array): string {
    return Buffer.from(key.subarray(this.base.length)).toString()
  }

  async revision(): Promise<string> {
    for await (const page of this.store.scan(this.range)) return page.revision
    throw new Error('the scan had no page')
  }

  /** A watcher that is known to be watching: changes are written until it tells one, and these are then forgotten. */
  async watch(range: KeyRange = this.range): Promise<WatchLog> {
    const log = this.follow(range)
    const mark = Buffer.concat([range.start, Buffer.from('mark')])
    while (log.changes().length === 0 && !log.ended) {
      await this.store.write([{ put: mark, value: Buffer.from('mark') }])
      await log.quiet()
    }
    await this.store.write([{ delete: mark }])
    await log.until(() => log.changes().some((change) => 'removed' in change))
    log.forget()
    return log
  }

  /** A watcher from a revision on, or from now, whenever that is. */
  follow(range: KeyRange = this.range, since?: string): WatchLog {
    const log = new WatchLog(this.store, range, since)
    this.#logs.push(log)
    return log
  }

  async close(): Promise<void> {
    for (const log of this.#logs) log.stop()
    await this.store[Symbol.asyncDispose]()
  }
}

export function revisionOf(outcome: OperationOutcome | undefined): string {
  if (outcome?.result !== 'done' || outcome.revision === undefined)
    throw new Error(`expected a change, got ${JSON.stringify(outcome)}`)
  return outcome.revision
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `n${String(at).padStart(5, '0')}`)
}
