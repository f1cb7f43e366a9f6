import { parseAddress } from '../model/endpoint.ts'
import { readAio } from './aio-reading.ts'
import { AIO } from './aio-value.ts'
import { cutsOf } from './cut.ts'
import { decodeGoJson } from './go-json.ts'
import { goText } from './go-text.ts'
import { readKratos } from './kratos-reading.ts'
import { KRATOS } from './kratos-value.ts'
import type { DecodeOptions, Stored } from './layout.ts'
import { plain } from './plain.ts'
import { type RecordSign, segmentsOf, shapeOf, signOf } from './signs.ts'
import { beforeService, keyTextOf, serviceSegment } from './stored-key.ts'

/** What a record is recognised as, wherever it lies, and where it would be looked for. */
export interface Recognised {
  readonly looksLike: RecordSign | 'plain'
  /** A lone slash is the root; empty: the store as a whole. */
  readonly prefix: string
  /** The service that it is of, as its key has it. */
  readonly service: string
}

/** Reads no prefix: the sign tells, and where name and key of Kratos and AIO meet. Undefined for what is not recognised. */
export function recognise(stored: Stored, options: DecodeOptions): Recognised | undefined {
  const key = keyTextOf(stored)
  const found = key === undefined ? undefined : recogniseAt(key, stored, options)
  return found?.prefix === '' && key?.startsWith('/') ? { ...found, prefix: '/' } : found
}

function recogniseAt(key: string, stored: Stored, options: DecodeOptions): Recognised | undefined {
  const isAddress = parseAddress(goText(stored.value)) !== undefined
  const shape = shapeOf(stored.value)
  const isTree = options.folders === true
  const sign = signOf({ key, shape, isAddress, lease: stored.lease, isTree })
  if (sign === 'Kratos' || sign === 'AIO') return ofLayout(stored, sign, options)
  if (sign === undefined) return isAddress ? ofPlain(key) : undefined
  const segments = segmentsOf(key)
  if (sign === 'Dubbo') return { looksLike: sign, prefix: folderAbove(key, 3), service: segments[1] ?? '' }
  if (sign === 'GoFrame' && !isTree) return { looksLike: sign, prefix: folderAbove(key, 3), service: segments[3] ?? '' }
  const prefix = beforeService(key)
  return prefix === undefined ? undefined : { looksLike: sign, prefix, service: serviceSegment(key) }
}

function ofLayout(stored: Stored, sign: 'Kratos' | 'AIO', options: DecodeOptions): Recognised | undefined {
  const [json, reader] =
    sign === 'Kratos'
      ? [decodeGoJson(stored.value, KRATOS), (at: Stored) => readKratos(at, decodeGoJson(at.value, KRATOS), options)]
      : [decodeGoJson(stored.value, AIO), (at: Stored) => readAio(at, decodeGoJson(at.value, AIO), options)]
  const { id = '', name = '' } = 'fields' in json ? json.fields : {}
  const { key, value, lease, createdAt, keyText } = stored
  const prefix = cutsOf(stored, { id, name }, { short: false }).find(
    (each) => reader({ key, value, lease, createdAt, keyText, prefix: each }).is === 'instance',
  )
  return prefix === undefined ? undefined : { looksLike: sign, prefix, service: name }
}

/** A bare address says too little of itself: only where plain's own records are. */
function ofPlain(key: string): Recognised | undefined {
  return beforeService(key) === plain.defaultPrefix
    ? { looksLike: 'plain', prefix: plain.defaultPrefix, service: serviceSegment(key) }
    : undefined
}

/** The key without its last segments. */
function folderAbove(key: string, segments: number): string {
  return key.split('/').slice(0, -segments).join('/')
}
