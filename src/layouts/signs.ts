import { parseAddress } from '../model/endpoint.ts'
import { foldName } from './go-json.ts'
import { goText } from './go-text.ts'
import { ARRAY, JsonFault, type JsonKind, JsonScanner, OBJECT } from './json-scanner.ts'

/** Frameworks whose records are recognised and not decoded: their sign makes a record foreign, never malformed. */
export type Framework = 'Curator' | 'gRPC naming' | 'Kitex' | 'go-micro' | 'GoFrame' | 'Dubbo' | 'go-zero'

/** Whose record it is, by what only theirs have. */
export type RecordSign = 'Kratos' | 'AIO' | Framework

/** `texts`: a list of strings alone, an empty one too. */
type Kind = JsonKind | 'texts'

/** The members of a JSON object: what kind of value each has. Of a name that stands twice, the last counts. */
export interface ObjectShape {
  readonly exact: ReadonlyMap<string, Kind>
  /** By the name as Go matches it, without regard to case. */
  readonly folded: ReadonlyMap<string, Kind>
}

/** What a sign is looked for in. */
export interface Marked {
  /** The whole key; undefined where it is not UTF-8. */
  readonly key: string | undefined
  /** Undefined where the value is not a JSON object. */
  readonly shape: ObjectShape | undefined
  /** The value is a bare host:port. */
  readonly isAddress: boolean
  readonly lease: string | undefined
  /** The store is a tree: ZooKeeper. */
  readonly isTree: boolean
}

const AIO_TIMES = ['register_time', 'start_time', 'offline_time', 'last_renew_time'] as const
const DUBBO_FOLDERS: ReadonlySet<string> = new Set(['providers', 'consumers', 'configurators', 'routers'])

/**
 * The sign that a record carries, the first that fits: field names without regard to case, as Go reads them, but
 * Curator's and GoFrame's on ZooKeeper. Sources: the writers' own structs, as docs/backends/etcd.md lists them.
 */
export function signOf(marked: Marked): RecordSign | undefined {
  const { shape } = marked
  if (shape) {
    if (isKratos(shape)) return 'Kratos'
    if (isAio(shape)) return 'AIO'
    if (has(shape.exact, 'name', 'id', 'registrationTimeUTC', 'serviceType')) return 'Curator'
    if (shape.folded.get('addr') === 'string' && shape.folded.has('op')) return 'gRPC naming'
    if (isKitex(marked, shape)) return 'Kitex'
    if (isGoMicro(shape)) return 'go-micro'
  }
  if (isGoFrame(marked)) return 'GoFrame'
  if (isDubbo(marked)) return 'Dubbo'
  return isGoZero(marked) ? 'go-zero' : undefined
}

/** Whether it would be AIO's under AIO's own prefix, where its times are not needed. */
export function mayBeAio({ folded }: ObjectShape): boolean {
  return areTexts(folded, 'id', 'name', 'address')
}

/** The members of the value's object; undefined where the value is anything else, or not JSON. */
export function shapeOf(value: Uint8Array): ObjectShape | undefined {
  const scanner = new JsonScanner(goText(value))
  const exact = new Map<string, Kind>()
  const folded = new Map<string, Kind>()
  try {
    if (scanner.kind() !== 'object') return undefined
    for (let more = scanner.enter(OBJECT); more; more = scanner.more(OBJECT)) {
      const name = scanner.key()
      const kind = kindOfNext(scanner)
      exact.set(name, kind)
      folded.set(foldName(name), kind)
    }
    scanner.end()
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
  return { exact, folded }
}

/** The segments of a whole key; a slash at its beginning is none. */
export function segmentsOf(key: string): string[] {
  return (key.startsWith('/') ? key.slice(1) : key).split('/')
}

function kindOfNext(scanner: JsonScanner): Kind {
  const kind = scanner.kind()
  if (kind !== 'array') {
    scanner.skip(1)
    return kind
  }
  let textsAlone = true
  for (let more = scanner.enter(ARRAY); more; more = scanner.more(ARRAY)) {
    if (scanner.kind() !== 'string') textsAlone = false
    scanner.skip(2)
  }
  return textsAlone ? 'texts' : 'array'
}

function isKratos({ folded }: ObjectShape): boolean {
  const endpoints = folded.get('endpoints')
  return areTexts(folded, 'id', 'name') && (endpoints === 'null' || endpoints === 'texts')
}

function isAio(shape: ObjectShape): boolean {
  return mayBeAio(shape) && AIO_TIMES.some((time) => shape.folded.has(time))
}

function isKitex({ key, isTree }: Marked, { exact, folded }: ObjectShape): boolean {
  if (!isTree) return has(folded, 'network', 'address', 'weight')
  const node = key === undefined ? undefined : segmentsOf(key).at(-1)
  return exact.size === 2 && has(exact, 'Weight', 'Tags') && node !== undefined && parseAddress(node) !== undefined
}

function isGoMicro({ folded }: ObjectShape): boolean {
  const nodes = folded.get('nodes')
  return areTexts(folded, 'name') && has(folded, 'version', 'endpoints') && (nodes === 'array' || nodes === 'texts')
}

function isGoFrame({ key, shape, isTree }: Marked): boolean {
  if (!shape || key === undefined) return false
  if (isTree) return shape.exact.size === 2 && has(shape.exact, 'Key', 'Value')
  const segments = segmentsOf(key)
  const addresses = segments[5]?.split(',') ?? []
  return segments.length === 6 && addresses.every((address) => parseAddress(address) !== undefined)
}

function isDubbo({ key }: Marked): boolean {
  const [, , folder = '', url, ...rest] = key === undefined ? [] : segmentsOf(key)
  if (url === undefined || rest.length > 0 || !DUBBO_FOLDERS.has(folder)) return false
  try {
    return /^[\w.+-]+:\/\/.*[?&]interface=/s.test(decodeURIComponent(url))
  } catch {
    return false
  }
}

function isGoZero({ key, isAddress, lease }: Marked): boolean {
  return isAddress && lease !== undefined && key !== undefined && /(?:^|\/)\d+$/.test(key) && key.includes('/', 1)
}

function has(members: ReadonlyMap<string, Kind>, ...names: readonly string[]): boolean {
  return names.every((name) => members.has(name))
}

function areTexts(members: ReadonlyMap<string, Kind>, ...names: readonly string[]): boolean {
  return names.every((name) => members.get(name) === 'string')
}
