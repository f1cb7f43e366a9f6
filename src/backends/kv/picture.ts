import { type RollcallError, isForbidden } from '../../model/errors.ts'
import { escapeKey } from '../../model/key.ts'
import type { ScanOptions } from '../contract/backend.ts'
import { rangeText } from './key-range.ts'
import type { Kv } from './kv.ts'
import type { KeyRange, KvRecord } from './store.ts'

/** One reading of the store: all of its ranges at one revision, and what may not be seen of them. */
export class Picture {
  readonly #kv: Kv
  readonly #signal: AbortSignal | undefined
  readonly #asOf: string | undefined
  readonly #hidden: string[] = []
  #refusal: unknown
  /** Known once the first page was read. */
  #reached: string | undefined

  constructor(kv: Kv, { revision, signal }: ScanOptions) {
    this.#kv = kv
    this.#asOf = revision
    this.#signal = signal
  }

  /** Of all that was read; undefined in a store that has none, and before the first page. */
  get revision(): string | undefined {
    return this.#kv.store.unordered ? undefined : this.#reached
  }

  /** What this user may not see of what was read so far. */
  get partial(): string | undefined {
    return this.#hidden.length > 0 ? this.#hidden.join('; ') : undefined
  }

  /** Throws the registry's refusal when nothing at all could be read. */
  check(): void {
    if (this.#reached === undefined && this.#refusal !== undefined) throw this.#refusal
  }

  /** The pages of a range; of one that is refused, the parts that may be read. */
  async *pages(range: KeyRange): AsyncGenerator<readonly KvRecord[]> {
    const refusal = yield* this.#permitted(range)
    if (!refusal) return
    const parts = (await this.#kv.store.readable?.(range, { signal: this.#signal })) ?? []
    this.#hide(range, parts, refusal)
    for (const part of parts) yield* this.#read(part)
  }

  /** The pages of a range that is not missed where it may not be read. */
  async *pagesIfPermitted(range: KeyRange): AsyncGenerator<readonly KvRecord[]> {
    yield* this.#permitted(range)
  }

  async *#permitted(range: KeyRange): AsyncGenerator<readonly KvRecord[], RollcallError | undefined> {
    try {
      yield* this.#read(range)
      return undefined
    } catch (error) {
      if (isForbidden(error)) return error
      throw error
    }
  }

  async *#read(range: KeyRange): AsyncGenerator<readonly KvRecord[]> {
    const pages = this.#kv.store.scan(range, { revision: this.revision ?? this.#asOf, signal: this.#signal })
    for await (const page of pages) {
      this.#reached ??= page.revision
      if (page.hidden?.length) this.#hidden.push(`${listed(page.hidden)} may not be read`)
      yield page.records
    }
  }

  #hide(range: KeyRange, parts: readonly KeyRange[], refusal: RollcallError): void {
    this.#refusal = refusal
    const all = rangeText(range)
    const seen = parts.map(rangeText).join(', ')
    this.#hidden.push(parts.length > 0 ? `only ${seen} may be read of ${all}` : `${all} may not be read`)
  }
}

/** Keys for people: the first few. */
function listed(keys: readonly Uint8Array[]): string {
  const SHOWN = 5
  const shown = keys.slice(0, SHOWN).map(escapeKey).join(', ')
  return keys.length > SHOWN ? `${shown} and ${keys.length - SHOWN} more` : shown
}
