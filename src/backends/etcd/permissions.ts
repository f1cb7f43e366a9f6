import type { IPermission } from 'etcd3'
import type { KeyRange } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import { after } from './calls.ts'

const ROOT = 'root'
const TO_THE_LAST = Buffer.of(0)
const ENDLESS = Buffer.alloc(0)

/** The parts of a range that a user has permission to read, and to write, in key order. */
export interface Permitted {
  readonly read: KeyRange[]
  readonly write: KeyRange[]
}

/** What this user has permission to do. In etcd all users can read their own roles and permissions. Nothing for a client without a user. */
export async function permitted(cluster: Cluster, range: KeyRange, signal?: AbortSignal): Promise<Permitted> {
  const { user } = cluster
  if (user === undefined) return { read: [], write: [] }
  const doing = `read the permissions of the user "${user}"`
  const { roles } = await cluster.read(doing, (member) => member.call('userGet', { name: user }, signal), signal)
  if (roles.includes(ROOT)) return { read: [range], write: [range] }
  const answers = await Promise.all(
    roles.map((role) => cluster.read(doing, (member) => member.call('roleGet', { role }, signal), signal)),
  )
  const permissions = answers.flatMap(({ perm }) => perm)
  const parts = (verb: 'Read' | 'Write') =>
    merged(permissions.flatMap((permission) => part(range, permission, verb) ?? []))
  return { read: parts('Read'), write: parts('Write') }
}

/** The part of the range that a permission covers. */
function part(
  range: KeyRange,
  { permType, key, range_end: rangeEnd }: IPermission,
  verb: 'Read' | 'Write',
): KeyRange | undefined {
  if (permType !== verb && permType !== 'Readwrite') return undefined
  const end = rangeEnd.length === 0 ? after(key) : rangeEnd.equals(TO_THE_LAST) ? ENDLESS : rangeEnd
  const common = {
    start: Buffer.compare(range.start, key) > 0 ? range.start : key,
    end: compareEnds(range.end, end) < 0 ? range.end : end,
  }
  return common.end.length === 0 || Buffer.compare(common.start, common.end) < 0 ? common : undefined
}

function merged(ranges: KeyRange[]): KeyRange[] {
  const all: KeyRange[] = []
  for (const range of ranges.sort((a, b) => Buffer.compare(a.start, b.start))) {
    const last = all.at(-1)
    if (last && touches(last, range)) {
      if (compareEnds(range.end, last.end) > 0) all[all.length - 1] = { start: last.start, end: range.end }
    } else all.push(range)
  }
  return all
}

function touches(earlier: KeyRange, later: KeyRange): boolean {
  return earlier.end.length === 0 || Buffer.compare(later.start, earlier.end) <= 0
}

/** Compares the ends of ranges; an empty end is greater than all others. */
function compareEnds(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0)
  return Buffer.compare(a, b)
}
