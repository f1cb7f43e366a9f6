import type { Metadata } from '../../model/instance.ts'

/** What go-micro keeps in the tags of a service, and the tags that are none of its own. */
export interface GoMicroTags {
  readonly version: string
  readonly metadata: Metadata
  readonly others: readonly string[]
}

/** An endpoint, a pair of metadata or the version: zlib, in hexadecimal. */
const PACKED = /^([etv])-(78(?:[\da-f]{2})+)$/
/** Bytes that the tags of one service are unpacked to, and tags that are tried. */
const MOST_BYTES = 64 * 1024
const MOST_TAGS = 256

/**
 * Unpacks the tags of a service that go-micro registered; undefined for any other. A tag that cannot be unpacked stays as it is.
 * Never throws. Source: registry/consul/encoding.go of go-micro.
 */
export function unpackGoMicroTags(tags: readonly string[]): GoMicroTags | undefined {
  if (!tags.some((tag) => tag.startsWith('v-78'))) return undefined
  const versions: string[] = []
  const pairs: [string, string][] = []
  const others: string[] = []
  const inflate = inflater()
  for (const tag of tags) {
    const [, kind = '', packed = ''] = PACKED.exec(tag) ?? []
    const text = kind === '' ? undefined : inflate(packed)
    if (text === undefined) others.push(tag)
    else if (kind === 'v') versions.push(text)
    else if (kind === 't') pairs.push(...textsIn(text))
  }
  const [version] = versions
  return version === undefined ? undefined : { version, metadata: Object.fromEntries(pairs), others }
}

/** Unpacks one after the other, and no more once there is too much: a few bytes may stand for gigabytes. */
function inflater(): (packed: string) => string | undefined {
  // Loaded here: every command loads this file, and few services need the module.
  const { inflateSync } = process.getBuiltinModule('node:zlib')
  let [room, left] = [MOST_BYTES, MOST_TAGS]
  return (packed) => {
    if (left-- <= 0 || room <= 0) return undefined
    try {
      const bytes = inflateSync(Buffer.from(packed, 'hex'), { maxOutputLength: room })
      room -= bytes.length
      return bytes.toString('utf8')
    } catch {
      return undefined
    }
  }
}

/** The members of a JSON object, all of them texts; none of anything else. */
function textsIn(json: string): [string, string][] {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    const members = Object.entries(value)
    return members.every((member): member is [string, string] => typeof member[1] === 'string') ? members : []
  } catch {
    return []
  }
}
