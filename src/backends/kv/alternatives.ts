import { type Recognised, recognise } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import type { Alternative } from '../contract/alternative.ts'
import { contains, exactly, inside, without } from './store.ts'
import { isLock } from './prefix.ts'
import type { KvContext } from './context.ts'
import { Prefix } from './prefix.ts'
import { rawRecordOf } from './record.ts'
import type { KeyRange, KvRecord } from './store.ts'

/** Upper bounds: requests, keys read by each, keys counted in one place, and services named for one framework. */
const LOOKS = 40
const KEYS = 50
const COUNTED = 10_000
const NAMED = 5

/**
 * Other places of the store with instances or with records of a known framework. The search is bounded: it reads a few keys,
 * then skips the folder that they are in. Returns what was found so far when the user lacks permission to read further.
 */
export async function alternatives(kv: KvContext, signal?: AbortSignal): Promise<Alternative[]> {
  const look = new Look(kv, signal)
  try {
    await look.run()
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
  return look.found
}

/** The search: which ranges are left, and what was found. */
class Look {
  readonly found: Alternative[] = []
  readonly #kv: KvContext
  readonly #signal: AbortSignal | undefined
  #left: readonly KeyRange[]

  constructor(kv: KvContext, signal?: AbortSignal) {
    this.#kv = kv
    this.#signal = signal
    this.#left = new Prefix('').ranges.flatMap((range) =>
      without(
        range,
        kv.prefixes.flatMap(({ ranges }) => ranges),
      ),
    )
  }

  async run(): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) {
      const [range] = this.#left
      if (!range) return
      const records = await this.#firstRecords(range)
      const next = this.#firstRecognised(records)
      if (next) this.#skip(await this.#keep(next.recognised, next.key))
      else if (records.length < KEYS) this.#skip(range)
      else this.#skip(upTo(range, records))
    }
  }

  async #firstRecords(range: KeyRange): Promise<KvRecord[]> {
    const records: KvRecord[] = []
    const pages = this.#kv.store.scan(range, { limit: KEYS, pageSize: KEYS, signal: this.#signal })
    for await (const page of pages) records.push(...page.records)
    return records
  }

  #firstRecognised(records: readonly KvRecord[]): { recognised: Recognised; key: Uint8Array } | undefined {
    const options = { now: this.#kv.now(), aioTtl: this.#kv.aioTtl }
    for (const record of records) {
      const { key, value, lease, children } = record
      if (isLock(rawRecordOf(new Prefix('').locate(record)).id)) continue
      const recognised = recognise({ key, value, lease, prefix: '' }, { ...options, folders: children !== undefined })
      if (recognised) return { recognised, key }
    }
    return undefined
  }

  /** Counts the records there and returns the range that they are in. */
  async #keep({ looksLike, prefix, service }: Recognised, key: Uint8Array): Promise<KeyRange> {
    const isOurs = looksLike === 'Kratos' || looksLike === 'AIO' || looksLike === 'plain'
    const isWhole = isOurs || looksLike === 'Dubbo'
    const place = new Prefix(prefix)
    const where = isWhole && !place.isRoot ? place.range : inside(folderOf(service, place, key))
    const count = await this.#kv.store.count(where, { limit: COUNTED, signal: this.#signal })
    const earlier = this.found.find(
      (each) => each.place === prefix && each.looksLike === (isOurs ? undefined : looksLike),
    )
    const more = count === COUNTED
    if (earlier) {
      const services = isOurs ? {} : { services: [...(earlier.services ?? []), service].slice(0, NAMED) }
      const sum = { ...earlier, ...services, count: earlier.count + count, more: earlier.more || more }
      this.found[this.found.indexOf(earlier)] = sum
    } else {
      const like = isOurs ? {} : { looksLike, services: [service] }
      this.found.push({ place: prefix, option: 'prefix', ...like, count, unit: 'key', more })
    }
    return where
  }

  #skip(range: KeyRange): void {
    this.#left = this.#left.flatMap((each) => without(each, [range]))
  }
}

/** The folder of the service that a key is of, wherever below the prefix its segment stands. */
function folderOf(service: string, place: Prefix, key: Uint8Array): Uint8Array {
  const folder = place.folder(service)
  if (contains(inside(folder), key)) return folder
  const segment = Buffer.from(`/${service}`)
  const at = Buffer.from(key).indexOf(`/${service}/`)
  return at < 0 ? folder : key.subarray(0, at + segment.length)
}

/** From the beginning of a range to the end of the folder that the last record lies in. */
function upTo({ start }: KeyRange, records: readonly KvRecord[]): KeyRange {
  const key = records.at(-1)?.key ?? start
  const segments = Buffer.from(key).toString('latin1').split('/')
  const isDeep = segments.length > (key[0] === 0x2f ? 3 : 2)
  const folder = inside(Buffer.from(segments.slice(0, key[0] === 0x2f ? 3 : 2).join('/'), 'latin1'))
  const end = isDeep && contains(folder, key) ? folder.end : exactly(key).end
  return { start, end }
}
