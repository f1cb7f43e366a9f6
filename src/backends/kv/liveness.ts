import { SIGNS, layouts } from '../../layouts/index.ts'
import type { RecordSign } from '../../layouts/record-sign.ts'
import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { unescapeKey } from '../../model/key.ts'
import type { RemovalEffect } from '../contract/backend.ts'

/** TTLs without a renewal after which an AIO record is dead: a single one may be due to a slow network. */
const DEAD_AFTER_TTLS = 10

/**
 * Why an instance is dead, as one sentence; undefined when it is not. Only AIO records that were not renewed for long can
 * be:
 * `down` alone may be what an operator has just set, and leased records expire on their own. `now` and `aioTtl` in
 * milliseconds.
 */
export function whyDead(
  { observed }: InstanceEntry,
  { now, aioTtl }: { now: number; aioTtl: number },
): string | undefined {
  if (observed.layout !== 'aio') return undefined
  if (observed.status !== 'down' && observed.status !== 'expired') return undefined
  const { renewedAt, registeredAt } = observed
  const since = Math.max(renewedAt ?? -Infinity, registeredAt ?? -Infinity)
  if (since === -Infinity || now - since <= DEAD_AFTER_TTLS * aioTtl) return undefined
  return `${observed.status === 'down' ? 'down, and ' : ''}not renewed for ${formatDuration(now - since)}`
}

/** What follows when a record is removed. Source: the registries of Kratos and AIO, as described in docs/backends/etcd.md, and the signs of others. */
export function removalEffect(record: RawRecord, reading: Reading): RemovalEffect {
  const refused = whyKept(record)
  const effect = effectOf(record, reading)
  return refused === undefined ? effect : { ...effect, refused }
}

/** Why a record is never removed, by its key alone, wherever it lies; undefined for nearly all. */
export function whyKept({ id, lease, children }: Pick<RawRecord, 'id' | 'lease' | 'children'>): string | undefined {
  const isTree = children !== undefined
  const kept = KEPT.filter(({ prefixes }) => prefixes[isTree ? 'tree' : 'flat'])
  if (kept.length === 0) return undefined
  const marked = {
    key: Buffer.from(unescapeKey(id)).toString('utf8'),
    shape: undefined,
    isAddress: false,
    lease,
    isTree,
  }
  return kept.find(({ sign }) => sign?.is(marked))?.noRemoval
}

const KEPT = Object.values(layouts).filter(({ noRemoval }) => noRemoval !== undefined)

function effectOf(record: RawRecord, reading: Reading): RemovalEffect {
  const sign = signOfReading(reading)
  const removal = (record.children === undefined ? undefined : sign?.removalInTree) ?? sign?.removal
  if (removal) return removal
  if (reading.is === 'instance' && reading.observed.layout === 'aio') {
    return reading.observed.status === 'up'
      ? { comesBack: true, note: 'its process registers again at its next renewal' }
      : { comesBack: false }
  }
  if (record.lease === undefined) return { comesBack: false }
  return {
    comesBack: false,
    note: 'its process, if still running, does not notice and stays unregistered until it restarts',
  }
}

function signOfReading(reading: Reading): RecordSign | undefined {
  if (reading.is === 'foreign') return SIGNS.find(({ title }) => title === reading.looksLike)
  const layout = reading.is === 'instance' ? reading.observed.layout : undefined
  return layout === undefined ? undefined : SIGNS.find((sign) => sign.layout === layout)
}
