import { parseAddress } from '../model/endpoint.ts'
import { readAio } from './aio-reading.ts'
import { AIO_SIGN } from './aio.ts'
import { AIO } from './aio-value.ts'
import { layouts } from './by-name.ts'
import { cutsOf } from './cut.ts'
import { dubbo } from './dubbo.ts'
import { isFramework } from './framework.ts'
import { decodeGoJson } from './go-json.ts'
import { goText } from './go-text.ts'
import { KRATOS_SIGN } from './kratos.ts'
import { readKratos } from './kratos-reading.ts'
import { KRATOS } from './kratos-value.ts'
import type { DecodeOptions, Stored } from './layout.ts'
import { plain } from './plain.ts'
import { shapeOf } from './shape.ts'
import type { RecordSign } from './record-sign.ts'
import { signOf } from './signs.ts'
import { beforeService, keyTextOf, segmentsOf, serviceSegment } from './stored-key.ts'

/** What a record is recognised as, wherever it lies, and where it would be looked for. */
export interface Recognised {
  /** A writer as people call it, or `plain`. */
  readonly looksLike: string
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
  if (sign === undefined) return isAddress ? ofPlain(key) : undefined
  if (sign === KRATOS_SIGN || sign === AIO_SIGN) return ofLayout(stored, sign, options)
  const looksLike = sign.title
  if (sign === dubbo.sign && !isTree)
    return { looksLike, prefix: key.split('/').slice(0, -3).join('/'), service: segmentsOf(key)[1] ?? '' }
  const layout = sign.layout && layouts[sign.layout]
  if (layout && isFramework(layout) && layout.prefixes[isTree ? 'tree' : 'flat']) {
    const { prefix, service } = layout.cut(key) ?? {}
    return prefix === undefined || service === undefined ? undefined : { looksLike, prefix, service }
  }
  const prefix = beforeService(key)
  return prefix === undefined ? undefined : { looksLike, prefix, service: serviceSegment(key) }
}

function ofLayout(stored: Stored, sign: RecordSign, options: DecodeOptions): Recognised | undefined {
  const [json, reader] =
    sign === KRATOS_SIGN
      ? [decodeGoJson(stored.value, KRATOS), (at: Stored) => readKratos(at, decodeGoJson(at.value, KRATOS), options)]
      : [decodeGoJson(stored.value, AIO), (at: Stored) => readAio(at, decodeGoJson(at.value, AIO), options)]
  const { id = '', name = '' } = 'fields' in json ? json.fields : {}
  const { key, value, lease, createdAt, keyText } = stored
  const prefix = cutsOf(stored, { id, name }, { short: false }).find(
    (each) => reader({ key, value, lease, createdAt, keyText, prefix: each }).is === 'instance',
  )
  return prefix === undefined ? undefined : { looksLike: sign.title, prefix, service: name }
}

/** A bare address says too little of itself: only where plain's own records are. */
function ofPlain(key: string): Recognised | undefined {
  return beforeService(key) === plain.defaultPrefix
    ? { looksLike: 'plain', prefix: plain.defaultPrefix, service: serviceSegment(key) }
    : undefined
}
