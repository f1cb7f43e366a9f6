import { layouts, systemOf } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { escapeKey } from '../../model/key.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import type { WriteOptions } from '../contract/backend.ts'
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
  if (prefix.isWholeStore) throw withoutPrefix()
  const system = systemOf(`${prefix.text}/${instance.name}`)
  if (system !== undefined) throw othersPlace(system, `${prefix.text}/${instance.name}`)
  // Who only asks what would be written need not say that he will keep it alive.
  ttlToGrant(kv, layout, { keepAlive: true, ...options })
  const { weight, env, status } = options
  if (status !== undefined && status !== 'up' && !layouts[layout].setStatus) throw withoutStatus(layout, status)
  return layouts[layout]
    .encode(instance, { prefix: prefix.text, now: kv.now(), weight, env, status })
    .map(({ key, value }) => ({ id: escapeKey(Buffer.from(key)), service: instance.name, body: Buffer.from(value) }))
}

/** Their keys are not read, so what is registered there would not be found again. */
function othersPlace(system: string, place: string): RollcallError {
  return new RollcallError('refused', `${place} belongs to ${system}, and nothing is registered there`, {
    hint: 'name another prefix, or another service',
  })
}

function withoutPrefix(): RollcallError {
  return new RollcallError('usage', "the prefix '' is the whole store, and is for reading", {
    hint: 'name the prefix to register under, for example --prefix /microservices',
  })
}

function withoutStatus(layout: LayoutName, status: Status): RollcallError {
  return new RollcallError('usage', `layout ${layout} has no status "${status}": what is there is up`, {
    hint: 'leave the status out, or use layout aio',
  })
}
