import { DEFAULT_PREFIXES } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import type { Found, Prefix } from './prefix.ts'
import type { KvRecord, Store } from './store.ts'

/**
 * Which prefixes hold JSON: there a bare address is malformed, elsewhere it is an instance in layout `plain`.
 * Each other than the usual two is looked at once, when the first value that is no JSON object turns up.
 */
export class JsonFolders {
  readonly #store: Store
  readonly #known = new Map<string, boolean>(DEFAULT_PREFIXES.map((prefix) => [prefix, true]))

  constructor(store: Store) {
    this.#store = store
  }

  expects(prefix: string): boolean {
    return this.#known.get(prefix) ?? false
  }

  /** To be called before any of these is read. */
  async learn(page: readonly Found[], signal?: AbortSignal): Promise<void> {
    for (const { prefix, record } of page)
      if (!this.#known.has(prefix.text) && !isObject(record)) {
        const json = page.some((other) => other.prefix === prefix && isObject(other.record))
        this.#known.set(prefix.text, json || (await this.#peek(prefix, signal)))
      }
  }

  async #peek(prefix: Prefix, signal?: AbortSignal): Promise<boolean> {
    try {
      for await (const { records } of this.#store.scan(prefix.range, { limit: 500, pageSize: 500, signal }))
        if (records.some(isObject)) return true
    } catch (error) {
      if (!isForbidden(error)) throw error
    }
    return false
  }
}

const SPACE = new Set(Buffer.from(' \t\r\n'))

function isObject({ value }: KvRecord): boolean {
  const first = value.find((byte) => !SPACE.has(byte))
  return first === '{'.codePointAt(0)
}
