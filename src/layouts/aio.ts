import { RollcallError } from '../model/errors.ts'
import type { Status } from '../model/status.ts'
import { readAio } from './aio-reading.ts'
import { AIO_STATUSES, isAioStatus } from './aio-status.ts'
import { AIO, aioValue } from './aio-value.ts'
import { decodeGoJson } from './go-json.ts'
import { encodeString } from './go-json-encode.ts'
import { formatGoTime, GO_ZERO_TIME } from './go-time.ts'
import { editJson } from './json-edit.ts'
import type { Layout, LayoutEncodeOptions } from './layout.ts'
import { type ObjectShape, areTexts } from './shape.ts'
import type { RecordSign } from './record-sign.ts'

const TIMES = ['register_time', 'start_time', 'offline_time', 'last_renew_time'] as const

export const AIO_SIGN: RecordSign = {
  title: 'AIO',
  layout: 'aio',
  is: ({ shape }) => shape !== undefined && mayBeAio(shape) && TIMES.some((name) => shape.folded.has(name)),
}

/** Whether it would be AIO's under AIO's own prefix, where its times are not needed. */
export function mayBeAio({ folded }: ObjectShape): boolean {
  return areTexts(folded, 'id', 'name', 'address')
}

/** What the AIO registry stores: a record an address, whose status and last renewal stand in the value. */
export const aio: Layout = {
  name: 'aio',
  defaultPrefix: '/aio/registry',
  prefixes: { flat: ['/aio/registry'], tree: ['/aio/registry'] },
  leased: false,
  sign: AIO_SIGN,
  encode: (instance, options) => [
    {
      key: `${options.prefix}/${instance.name}/${instance.id}`,
      value: withStatus(aioValue(instance, options), options),
    },
  ],
  decode: (stored, options) => readAio(stored, decodeGoJson(stored.value, AIO), options),
  renew: (value, now) => edit(value, alive(now)),
  setStatus: (value, status, now) => edit(value, membersFor(status, now)),
}

function withStatus(value: string, { status = 'up', now }: LayoutEncodeOptions): string {
  return status === 'up'
    ? value
    : Buffer.from(editJson(Buffer.from(value), membersFor(status, now)) ?? value).toString()
}

function edit(value: Uint8Array, members: Readonly<Record<string, string>>): Uint8Array | undefined {
  return decodeGoJson(value, AIO).is === 'object' ? editJson(value, members) : undefined
}

/** A renewal: it is up, from now on, and not offline. */
function alive(now: number): Record<string, string> {
  return { last_renew_time: time(now), status: encodeString('up'), offline_time: time(GO_ZERO_TIME) }
}

/** Back in traffic means renewed as well, or the monitor would take it out again. */
function membersFor(status: Status, now: number): Record<string, string> {
  if (!isAioStatus(status))
    throw new RollcallError('usage', `layout aio has no status "${status}"`, {
      hint: `it has ${AIO_STATUSES.join(', ')}`,
    })
  if (status === 'up') return alive(now)
  const word = { status: encodeString(status) }
  return status === 'down' ? { ...word, offline_time: time(now) } : word
}

function time(milliseconds: number): string {
  return encodeString(formatGoTime(milliseconds))
}
