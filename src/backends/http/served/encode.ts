import { decode, layouts } from '../../../layouts/index.ts'
import { ServiceInstance, type InstanceInit } from '../../../model/instance.ts'
import { escapeKey } from '../../../model/key.ts'
import { checkWritableName } from '../../../model/writable-name.ts'
import type { EncodeOptions } from '../../contract/backend.ts'
import type { ServedRecord } from './record.ts'
import type { Served } from './served.ts'

/** What the server will store, as far as that can be known here: all of it in a key-value store. */
export function encode(
  { description, now, aioTtl }: Served,
  instance: InstanceInit,
  options: EncodeOptions,
): ServedRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const { layout, prefix } = description
  const { weight, env } = options
  const service = instance.name
  if (layout === undefined || prefix === undefined) {
    const observed = {
      status: 'up',
      ...(weight !== undefined && { weight }),
      ...(env !== undefined && { env }),
    } as const
    const reading = { is: 'instance', instance: ServiceInstance.from(instance), observed } as const
    return [{ id: `${service}/${instance.id}`, service, body: { ...instance, ...options }, reading }]
  }
  const time = now()
  return layouts[layout].encode(instance, { prefix, now: time, weight, env }).map((stored) => {
    const [key, value] = [Buffer.from(stored.key), Buffer.from(stored.value)]
    return {
      id: escapeKey(key),
      service,
      body: value,
      reading: decode({ key, value, prefix }, layout, { now: time, aioTtl }),
    }
  })
}
