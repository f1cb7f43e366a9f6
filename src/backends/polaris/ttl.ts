import { RollcallError } from '../../model/errors.ts'
import type { WriteOptions } from '../contract/backend.ts'

/** Seconds. Polaris takes up to 60, and silently its default for more; below 2 a heartbeat that is late once would lose. */
const TTL = { usual: 5, least: 2, most: 60 }

/** Seconds between heartbeats that Polaris is to expect; undefined for none. Throws `usage` for what it would not take. */
export function ttlOf({ ttl = TTL.usual }: Pick<WriteOptions, 'ttl'>): number | undefined {
  if (ttl === null) return undefined
  if (Number.isInteger(ttl) && ttl >= TTL.least && ttl <= TTL.most) return ttl
  throw new RollcallError('usage', `a TTL of ${ttl}s is none of Polaris`, {
    hint: `use whole seconds from ${TTL.least} to ${TTL.most}, or none`,
  })
}
