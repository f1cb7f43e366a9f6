import { layouts } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { escapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { EncodeOptions } from '../backend.ts'
import { placeToWrite, type Kv } from './kv.ts'

// eslint-disable-next-line no-control-regex -- these are the characters that must not be written
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** The records of an instance, neither stored nor leased. Throws `usage` for names and ids that would corrupt the registry. */
export function encode(kv: Kv, instance: InstanceInit, options: EncodeOptions): RawRecord[] {
  checkSegment('name', instance.name)
  checkSegment('id', instance.id)
  const { layout, prefix } = placeToWrite(kv, options.layout)
  const { weight, env } = options
  return layouts[layout]
    .encode(instance, { prefix: prefix.text, now: kv.now(), weight, env })
    .map(({ key, value }) => ({ id: escapeKey(Buffer.from(key)), service: instance.name, body: Buffer.from(value) }))
}

/** Names and ids are segments of a key, unescaped: a slash in one puts the record among its neighbour's. */
function checkSegment(what: 'name' | 'id', text: string): void {
  if (text === '')
    throw new RollcallError('usage', `the ${what} of an instance is empty`, { hint: `give it a ${what}` })
  if (text.includes('/'))
    throw new RollcallError('usage', `the ${what} "${text}" has a slash, which separates the parts of a key`, {
      hint: 'use a hyphen or a dot instead',
    })
  if (CONTROL.test(text) || !text.isWellFormed())
    throw new RollcallError('usage', `the ${what} ${JSON.stringify(text)} has characters that cannot be printed`, {
      hint: `take them out of the ${what}`,
    })
}
