import { parseAddress } from '../model/endpoint.ts'
import type { LayoutName } from '../model/observed.ts'
import type { ForeignReading, ProblemCode, Reading } from '../model/reading.ts'
import { readAio } from './aio-reading.ts'
import { AIO_SIGN, mayBeAio } from './aio.ts'
import { AIO } from './aio-value.ts'
import { layouts } from './by-name.ts'
import { cutsOf } from './cut.ts'
import { isFramework, readFramework } from './framework.ts'
import { type GoJson, type GoStruct, decodeGoJson } from './go-json.ts'
import { goZero } from './go-zero.ts'
import { KRATOS_SIGN } from './kratos.ts'
import { readKratos } from './kratos-reading.ts'
import { type KratosText, readKratosText } from './kratos-text.ts'
import { KRATOS } from './kratos-value.ts'
import type { DecodeOptions, FrameworkLayout, Stored, StoreKind } from './layout.ts'
import { type Owner, ownerNamed, ownerOf, systemOf } from './owner.ts'
import { plain, plainEndpoint } from './plain.ts'
import { type ObjectShape, shapeOf } from './shape.ts'
import type { Marked, RecordSign } from './record-sign.ts'
import { signOf } from './signs.ts'
import { beforeService, keyTextOf, parseKey, segmentsOf } from './stored-key.ts'

/** A record with all that its reading depends on. */
interface Case {
  readonly stored: Stored
  readonly layout: LayoutName | 'auto'
  readonly options: DecodeOptions
  /** Whose rules hold under the prefix. */
  readonly owner: Owner | undefined
  readonly kind: StoreKind
}

/** What the readers of Kratos and AIO have in common. */
type Reader = (stored: Stored) => Reading

interface Named {
  readonly id: string
  readonly name: string
}

const BY_KEY: ReadonlySet<ProblemCode> = new Set(['empty-name', 'empty-id', 'name-mismatch', 'short-key'])

/**
 * Reads a record by the sign that it carries. What carries the sign of Kratos or AIO and breaks their rules is malformed, and
 * so is, under a prefix that one of them owns, what its decoder refuses; everything else is foreign. Never throws.
 */
export function decode(stored: Stored, layout: LayoutName | 'auto', options: DecodeOptions): Reading {
  const kind: StoreKind = options.folders === true ? 'tree' : 'flat'
  const owner = ownerOf(stored.prefix, layout, kind)
  const text = readKratosText(stored.value)
  const one = { stored, layout, options, owner, kind }
  if (text) return mayBe(one, KRATOS_SIGN) ? ofKratos(one, text) : foreign({ looksLike: KRATOS_SIGN.title })
  const endpoint = plainEndpoint(stored.value)
  if (endpoint !== undefined && isPlainFirst(one)) return ofPlain(one)
  const isAddress = endpoint !== undefined && parseAddress(endpoint) !== undefined
  const key = keyTextOf(stored)
  const marked = { key, shape: shapeOf(stored.value), isAddress, lease: stored.lease, isTree: kind === 'tree' }
  const sign = signOf(marked)
  if (sign !== undefined && sign !== goZero.sign) return ofSigned(one, sign)
  const system = systemAt(one, key)
  if (system !== undefined) return foreign({ system })
  return (
    ofOwned(one, marked) ?? (endpoint === undefined ? ofUnsigned(one, marked.shape) : ofAddress(one, sign, isAddress))
  )
}

function ofSigned(one: Case, sign: RecordSign): Reading {
  const { title } = sign
  if (!mayBe(one, sign)) return foreign({ looksLike: title, ...breaks(one) })
  if (sign === KRATOS_SIGN) return ofKratos(one, decodeGoJson(one.stored.value, KRATOS))
  if (one.owner === 'kratos') return foreign({ looksLike: title, ...breaks(one) })
  if (sign === AIO_SIGN) return ofAio(one)
  const layout = frameworkOf(one, sign)
  if (layout === undefined || one.owner === 'aio') return foreign({ looksLike: title })
  return readFramework(layout, one.stored, one.owner === layout.name)
}

/** The layout of a sign, where this kind of store holds it. */
function frameworkOf({ kind }: Case, sign: RecordSign): FrameworkLayout | undefined {
  const layout = sign.layout && layouts[sign.layout]
  return layout && isFramework(layout) && layout.prefixes[kind] ? layout : undefined
}

/** What a framework takes without its sign, and what fails its reads, under a prefix that it owns. */
function ofOwned({ stored, owner, layout: named }: Case, marked: Marked): Reading | undefined {
  const layout = owner && layouts[owner]
  if (!layout || !isFramework(layout)) return undefined
  if (layout.takes?.(marked)) return readFramework(layout, stored, true)
  if (layout.isSpoiltBy?.(marked)) return foreign({ spoils: layout.sign.title })
  return named === 'auto' ? undefined : foreign({})
}

/** Whether the layout that was named, if one was, takes records with this sign. */
function mayBe({ layout }: Case, sign: RecordSign): boolean {
  return layout === 'auto' || ownerNamed(layout) === sign.layout
}

function ofKratos(one: Case, json: GoJson<typeof KRATOS> | KratosText): Reading {
  const { id = '', name = '' } = 'fields' in json ? json.fields : {}
  return placed(one, { id, name }, 'Kratos', (stored) => readKratos(stored, json, one.options))
}

function ofAio(one: Case): Reading {
  const json = decodeGoJson(one.stored.value, AIO)
  const { id = '', name = '' } = 'fields' in json ? json.fields : {}
  return placed(one, { id, name }, 'AIO', (stored) => readAio(stored, json, one.options))
}

/**
 * The reading of a record with that sign, whose key may belong to another prefix. That name and key differ, or that the
 * key is too short, is a fault only where the layout owns the prefix, or the folder holds a whole record of it.
 */
function placed(one: Case, named: Named, sign: 'Kratos' | 'AIO', reader: Reader): Reading {
  const { stored, options } = one
  const reading = reader(stored)
  const isRoot = stored.prefix === ''
  const owns = one.owner === (sign === 'Kratos' ? 'kratos' : 'aio')
  const fits = reading.is === 'instance' && parseKey(stored)?.after(named.name) !== undefined
  if (fits && !isRoot && (owns || isExact(stored, named))) return reading
  const byKey = reading.is !== 'malformed' || BY_KEY.has(reading.problem.code)
  if (!byKey || named.id === '' || named.name === '') return reading
  // Kratos would find a key that only begins with the name; where nothing shows that its clients look here, the key's own place counts.
  const prefix = cutsOf(stored, named, { short: isRoot && !options.folders }).find((each) => {
    const there = { ...textOf(stored), prefix: each }
    return each !== stored.prefix && (!fits || isExact(there, named)) && reader(there).is === 'instance'
  })
  if (isRoot) {
    if (fits && (prefix === undefined || isExact(stored, named))) return reading
    if (prefix !== undefined) return reader({ ...textOf(stored), prefix })
  } else if (prefix !== undefined) return foreign({ looksLike: sign, belongsTo: prefix })
  if (reading.is === 'instance' && !isRoot) return reading
  const beside = sign === 'Kratos' ? options.folder?.kratos : options.folder?.aio
  return reading.is === 'malformed' && (owns || beside) ? reading : foreign({ looksLike: sign })
}

/** `{name}/{id}`, or a scheme between the two. */
function isExact(stored: Stored, { id, name }: Named): boolean {
  const rest = parseKey(stored)?.after(name)
  return rest !== undefined && rest.startsWith('/') && rest.endsWith(`/${id}`)
}

/** A stored record is a view with getters, of which a copy has none. */
function textOf(stored: Stored): Stored {
  const { key, value, lease, createdAt, owner, keyText, prefix } = stored
  return { key, value, lease, createdAt, owner, keyText, prefix }
}

function isPlainFirst({ layout, owner }: Case): boolean {
  return layout === 'plain' || owner === 'plain'
}

/** An address where plain's rules hold; in the store as a whole its service is the segment before the last. */
function ofPlain(one: Case): Reading {
  const { stored } = one
  if (stored.prefix !== '') return plain.decode(stored, one.options)
  const prefix = beforeService(keyTextOf(stored))
  return prefix === undefined ? foreign({}) : plain.decode({ ...textOf(stored), prefix }, one.options)
}

/** A bare address, judged by who owns the prefix, and where none does by what is stored beside it. */
function ofAddress(one: Case, sign: RecordSign | undefined, isBare: boolean): Reading {
  const { stored, options, owner } = one
  const like = sign === undefined ? {} : { looksLike: sign.title }
  if (owner === 'kratos' || owner === 'aio') {
    if (sign !== undefined) return foreign({ ...like, ...breaks(one) })
    return owner === 'kratos'
      ? readKratos(stored, decodeGoJson(stored.value, KRATOS), options)
      : readAio(stored, decodeGoJson(stored.value, AIO), options)
  }
  if (sign ? !mayBe(one, sign) : one.layout !== 'auto') return foreign(like)
  if (options.folder?.kratos) return foreign({ ...like, breaks: belowFolder(stored) })
  const layout = sign && frameworkOf(one, sign)
  if (layout) return readFramework(layout, stored, owner === layout.name)
  // A URL without a lease is as likely a setting as a service; so is any address, where nothing narrows it down.
  if (stored.lease === undefined && (stored.prefix === '' || !isBare)) return foreign(like)
  if (stored.prefix === '') return ofPlain(one)
  const key = parseKey(stored)
  if (key?.name && key.id && !key.id.includes('/')) return plain.decode(stored, options)
  const belongsTo = sign === undefined ? undefined : beforeService(keyTextOf(stored))
  return foreign(belongsTo === undefined ? like : { ...like, belongsTo })
}

/** No sign, and no address. */
function ofUnsigned(one: Case, shape: ObjectShape | undefined): Reading {
  const { stored, owner, options } = one
  if (owner === 'aio') {
    if (shape && mayBeAio(shape)) return ofAio(one)
    const json = decodeGoJson(stored.value, AIO)
    return unsignedReading(one, json, () => readAio(stored, json, options))
  }
  if (owner === 'kratos') {
    const json = decodeGoJson(stored.value, KRATOS)
    if (json.is === 'wrong-type' && shape && !shape.folded.has('endpoints')) return foreign(breaks(one))
    return unsignedReading(one, json, () => readKratos(stored, json, options))
  }
  return one.layout === 'plain' && owner === 'plain' ? plain.decode(stored, options) : foreign({})
}

/** What the owner's decoder takes is an instance where id and name fit the key; without a name under a double slash it is malformed. */
function unsignedReading(
  { stored }: Case,
  json: GoJson<GoStruct & { readonly id: 'string'; readonly name: 'string' }>,
  read: () => Reading,
): Reading {
  if (json.is !== 'object') return read()
  const { id = '', name = '' } = json.fields
  const key = parseKey(stored)
  if (key?.name === '' && name === '') return read()
  const rest = name === '' || id === '' ? undefined : key?.after(name)
  return rest?.startsWith('/') && rest.endsWith(`/${id}`) ? read() : foreign({})
}

function systemAt({ options }: Case, key: string | undefined): string | undefined {
  if (options.folder?.patroni) return 'Patroni'
  return key === undefined ? undefined : systemOf(key)
}

/** Under a prefix of Kratos': whose reads fail by what its decoder refuses. */
function breaks({ stored, owner }: Case): Pick<ForeignReading, 'breaks'> {
  if (owner !== 'kratos' || decodeGoJson(stored.value, KRATOS).is === 'object') return {}
  const key = keyTextOf(stored)
  return key === undefined ? {} : { breaks: key.slice(stored.prefix.length + 1) }
}

/** The last two segments of the key: a service's, and what lies in its folder. */
function belowFolder(stored: Stored): string {
  return segmentsOf(keyTextOf(stored) ?? '')
    .slice(-2)
    .join('/')
}

function foreign(facts: Omit<ForeignReading, 'is'>): ForeignReading {
  return { is: 'foreign', ...facts }
}
