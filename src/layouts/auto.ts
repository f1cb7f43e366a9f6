import type { Reading } from '../model/reading.ts'
import { aio } from './aio.ts'
import { readAio } from './aio-reading.ts'
import { AIO } from './aio-value.ts'
import { decodeGoJson, type GoJson } from './go-json.ts'
import { kratos } from './kratos.ts'
import { readKratos } from './kratos-reading.ts'
import { readKratosText } from './kratos-text.ts'
import { KRATOS } from './kratos-value.ts'
import type { DecodeOptions, Stored } from './layout.ts'
import { plain, plainEndpoint } from './plain.ts'

/** Kratos' fields, and a look at some that AIO always writes and Kratos never. */
const EITHER = {
  ...KRATOS,
  address: 'presence',
  register_time: 'presence',
  start_time: 'presence',
  offline_time: 'presence',
  last_renew_time: 'presence',
} as const

/** Tells the layout by the value's shape, then reads it so. */
export function decodeAuto(stored: Stored, options: DecodeOptions): Reading {
  const text = readKratosText(stored.value)
  if (text) return readKratos(stored, text, options)
  const json = decodeGoJson(stored.value, EITHER)
  if (isAio(json)) return readAio(stored, decodeGoJson(stored.value, AIO), options)
  const mayBePlain = json.is === 'not-json' && !jsonExpected(stored, options)
  return mayBePlain && plainEndpoint(stored.value) !== undefined
    ? plain.decode(stored, options)
    : readKratos(stored, json, options)
}

/** Kratos writes its endpoints always, AIO never, and AIO alone has an address and times. */
function isAio(json: GoJson<typeof EITHER>): boolean {
  if (!('fields' in json) || json.fields.endpoints !== undefined) return false
  if (json.is === 'wrong-type' && json.culprit === 'endpoints') return false
  const { address, register_time, start_time, offline_time, last_renew_time } = json.fields
  return [address, register_time, start_time, offline_time, last_renew_time].includes(true)
}

function jsonExpected(stored: Stored, options: DecodeOptions): boolean {
  return options.jsonExpected === true || stored.prefix === kratos.defaultPrefix || stored.prefix === aio.defaultPrefix
}
