import { STATUSES, type Status, statusOf } from '../model/status.ts'
import { FILE_FORMAT } from '../model/file-format.ts'
import { advice } from '../model/wording.ts'
import { isGlob } from '../reports/glob.ts'
import { type Manifest, type ServiceClaim, type ServiceClaims, UNEXPECTED } from '../reports/manifest.ts'
import { suggestion } from '../reports/near-names.ts'
import { count, exactly, nodesOf, parseUntrusted, textIn, texts, unknown, word } from './untrusted-yaml.ts'
import { type YamlFile, pairsOf } from './yaml-file.ts'

/** Bytes of the longest manifest: it may come from anybody, and the parser takes long over what is deeply nested. */
export const LONGEST_MANIFEST = 256 * 1024
/** Each is held against every service. */
const MOST_PATTERNS = 1_000

const FIELDS = ['apiVersion', 'kind', 'services', 'malformed', 'unexpected']
const CLAIMS = ['min', 'max', 'status', 'versions', 'schemes', 'metadata', 'spread']

/**
 * Reads a manifest, in YAML or JSON, as `rollcall schema Manifest` describes it. It is treated as untrusted: aliases are refused and
 * nothing that it names is opened.
 *
 * @throws RollcallError `config` with line and column for whatever is not a manifest.
 */
export async function parseManifest(path: string, text: string): Promise<Manifest> {
  const file = await parseUntrusted(path, text, 'a manifest')
  const top = new Map<string, { keyNode: unknown; value: unknown }>()
  for (const { key, keyNode, value } of pairsOf(file, file.document.contents, 'a manifest')) {
    if (!FIELDS.includes(key)) throw unknown(file, keyNode, key, FIELDS)
    top.set(key, { keyNode, value })
  }
  exactly(file, top.get('apiVersion'), 'apiVersion', FILE_FORMAT)
  exactly(file, top.get('kind'), 'kind', 'Manifest')
  const [services, malformed, unexpected] = [top.get('services'), top.get('malformed'), top.get('unexpected')]
  if (!services && !malformed && !unexpected) {
    throw file.fault(file.document.contents, 'the manifest claims nothing', advice('manifest'))
  }
  const claims = pairsOf(file, services?.value, 'services').map((pair) => serviceClaims(file, pair))
  if (claims.filter(({ name }) => isGlob(name)).length > MOST_PATTERNS)
    throw file.fault(services?.keyNode, `a manifest has at most ${MOST_PATTERNS} patterns`)
  return {
    services: claims,
    ...(malformed && {
      malformed: { wanted: count(file, malformed.value, 'malformed'), at: file.placeOf(malformed.keyNode) },
    }),
    ...(unexpected && {
      unexpected: {
        wanted: word(file, unexpected.value, 'unexpected', UNEXPECTED),
        at: file.placeOf(unexpected.keyNode),
      },
    }),
  }
}

type Pair = ReturnType<typeof pairsOf>[number]

function serviceClaims(file: YamlFile, { key: name, keyNode, value }: Pair): ServiceClaims {
  if (name === '') throw file.fault(keyNode, 'a service has no name')
  const pairs = pairsOf(file, value, `services.${name}`)
  const claims = pairs.flatMap((pair) => claimsOf(file, pair))
  const status = claims.find((each) => each.claim === 'status')
  const at = file.placeOf(keyNode)
  const [min, max] = [claims.find(({ claim }) => claim === 'min'), claims.find(({ claim }) => claim === 'max')]
  if (min && max && min.wanted > max.wanted) {
    const minNode = pairs.find(({ key }) => key === 'min')?.keyNode
    throw file.fault(minNode, `min ${String(min.wanted)} and max ${String(max.wanted)} of ${name} cannot both hold`)
  }
  const least: ServiceClaim[] = min || max ? [] : [{ claim: 'min', wanted: 1, at }]
  return { name, at, statuses: status?.claim === 'status' ? status.wanted : ['up'], claims: [...least, ...claims] }
}

function claimsOf(file: YamlFile, { key, keyNode, value }: Pair): ServiceClaim[] {
  const at = file.placeOf(keyNode)
  switch (key) {
    case 'min':
    case 'max':
      return [{ claim: key, wanted: count(file, value, key), at }]
    case 'status':
      return [{ claim: 'status', wanted: nodesOf(file, value, key).map((node) => statusIn(file, node)), at }]
    case 'versions':
      return [{ claim: 'versions', wanted: texts(file, value, key), at }]
    case 'schemes':
      return [{ claim: 'schemes', wanted: texts(file, value, key).map((scheme) => scheme.toLowerCase()), at }]
    case 'metadata':
      return pairsOf(file, value, 'metadata').map((pair) => ({
        claim: 'metadata',
        key: pair.key,
        wanted: texts(file, pair.value, `metadata.${pair.key}`),
        at: file.placeOf(pair.keyNode),
      }))
    case 'spread':
      return [{ claim: 'spread', ...spreadOf(file, keyNode, value), at }]
    default:
      throw unknown(file, keyNode, key, CLAIMS)
  }
}

function spreadOf(file: YamlFile, keyNode: unknown, node: unknown): { by: string; wanted: number } {
  let [by, wanted]: [string | undefined, number | undefined] = [undefined, undefined]
  for (const pair of pairsOf(file, node, 'spread')) {
    if (pair.key === 'by') by = textIn(file, pair.value, 'spread.by')
    else if (pair.key === 'min') wanted = count(file, pair.value, 'spread.min')
    else throw unknown(file, pair.keyNode, pair.key, ['by', 'min'])
  }
  if (by !== undefined && wanted !== undefined) return { by, wanted }
  throw file.fault(keyNode, 'spread needs by and min', 'for example: spread: {by: zone, min: 2}')
}

function statusIn(file: YamlFile, node: unknown): Status {
  const given = textIn(file, node, 'status')
  const status = statusOf(given.toLowerCase())
  if (status) return status
  throw file.fault(node, `"${given}" is not a valid status`, suggestion(given, STATUSES))
}
