import { decode } from '../../layouts/index.ts'
import { isForbidden } from '../../model/errors.ts'
import type { Neighbour } from '../backend.ts'
import { exactly } from './key-range.ts'
import type { Kv } from './kv.ts'
import { Prefix } from './prefix.ts'
import type { KvRecord } from './store.ts'

const FIRST_KEY = Buffer.of(0)
const BEYOND_KEYS = Buffer.of(0xff)
/** Requests at most, keys read by each, and keys counted at most under a prefix. */
const LOOKS = 40
const KEYS = 50
const COUNTED = 10_000

/** Where else instances lie. A bounded look: it reads some keys, then skips the folder that they are in. */
export async function neighbours(kv: Kv, signal?: AbortSignal): Promise<Neighbour[]> {
  const found: Neighbour[] = []
  try {
    let start: Uint8Array | undefined = FIRST_KEY
    for (let look = 0; start && look < LOOKS; look += 1) {
      const next: Step = step(kv, await firstRecords(kv, start, signal))
      if (next.neighbour) found.push(await counted(kv, next.neighbour, signal))
      start = next.start
    }
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
  return found
}

interface Step {
  readonly neighbour?: Prefix
  /** Where to look on. */
  readonly start?: Uint8Array
}

function step(kv: Kv, records: readonly KvRecord[]): Step {
  for (const record of records) {
    const ours = kv.prefixes.find((prefix) => prefix.holds(record.key))
    if (ours) return { start: ours.range.end }
    const neighbour = likeOurs(kv, record)
    if (neighbour) return { neighbour, start: neighbour.range.end }
  }
  const last = records.length < KEYS ? undefined : records.at(-1)
  return { start: last && afterFolder(last.key) }
}

/** The prefix under which a record is an instance by its value. */
function likeOurs(kv: Kv, { key, value, lease }: KvRecord): Prefix | undefined {
  const segments = Buffer.from(key).toString('utf8').split('/')
  for (const below of [2, 3]) {
    const prefix = segments.slice(0, -below).join('/')
    const options = { now: kv.now(), aioTtl: kv.aioTtl, jsonExpected: true }
    if (segments.length > below && decode({ key, value, lease, prefix }, 'auto', options).is === 'instance')
      return new Prefix(prefix)
  }
  return undefined
}

function afterFolder(key: Uint8Array): Uint8Array {
  const segments = Buffer.from(key).toString('latin1').split('/')
  if (segments.length < 4) return exactly(key).end
  return Buffer.from(`${segments.slice(0, 3).join('/')}0`, 'latin1')
}

async function firstRecords(kv: Kv, start: Uint8Array, signal?: AbortSignal): Promise<KvRecord[]> {
  const records: KvRecord[] = []
  const pages = kv.store.scan({ start, end: BEYOND_KEYS }, { limit: KEYS, pageSize: KEYS, signal })
  for await (const page of pages) records.push(...page.records)
  return records
}

async function counted(kv: Kv, { text, range }: Prefix, signal?: AbortSignal): Promise<Neighbour> {
  const count = await kv.store.count(range, { limit: COUNTED, signal })
  return { place: text === '' ? '/' : text, option: '--prefix', count, unit: 'key', more: count === COUNTED }
}
