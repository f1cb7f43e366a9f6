import { RollcallError } from '../../model/errors.ts'
import type { Metadata } from '../../model/instance.ts'
import type { WriteOptions } from '../contract/backend.ts'

/** Seconds. The server looks every few seconds, so less would be no promise. */
const LEAST = 2

/**
 * Nacos has no TTL, but takes from the metadata how long an instance may be silent: unhealthy after the TTL, gone after
 * twice that, as in its own defaults of 15 s and 30 s. Source: com.alibaba.nacos.api.naming.PreservedMetadataKeys.
 */
export function beatsFor({ ttl }: Pick<WriteOptions, 'ttl'>): Metadata {
  if (ttl === undefined || ttl === null) return {}
  if (!(ttl >= LEAST && Number.isFinite(ttl)))
    throw new RollcallError('usage', `a TTL of ${ttl}s is below the least that Nacos is given, ${LEAST}s`, {
      hint: `use ${LEAST}s or more`,
    })
  return {
    'preserved.heart.beat.interval': String(Math.round((ttl * 1000) / 3)),
    'preserved.heart.beat.timeout': String(Math.round(ttl * 1000)),
    'preserved.ip.delete.timeout': String(Math.round(ttl * 2000)),
  }
}
