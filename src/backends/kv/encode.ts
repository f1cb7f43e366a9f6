import { layouts } from '../../layouts/index.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { escapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import type { WriteOptions } from '../backend.ts'
import { placeToWrite, type Kv } from './kv.ts'
import { ttlToGrant } from './ttl.ts'

/**
 * The records of an instance, neither stored nor leased. Throws `usage` for names and ids that would corrupt the
 * registry, and for a TTL that it would not grant.
 */
export function encode(kv: Kv, instance: InstanceInit, options: WriteOptions): RawRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const { layout, prefix } = placeToWrite(kv, options.layout)
  // Who only asks what would be written need not say that he will keep it alive.
  ttlToGrant(kv, layout, { keepAlive: true, ...options })
  const { weight, env } = options
  return layouts[layout]
    .encode(instance, { prefix: prefix.text, now: kv.now(), weight, env })
    .map(({ key, value }) => ({ id: escapeKey(Buffer.from(key)), service: instance.name, body: Buffer.from(value) }))
}
