import { parseAddress } from '../model/address.ts'
import { readOnly } from './one-address.ts'
import { frameworkLayout } from './framework.ts'
import { asMetadata, membersOf } from './go-members.ts'
import { has } from './shape.ts'
import { segmentsOf } from './stored-key.ts'

const SLASH = 0x2f

/** The third of five segments. */
function nameIn(key: Uint8Array, start: number): Uint8Array | undefined {
  const ends: number[] = []
  for (let slash = key.indexOf(SLASH, start); slash >= 0; slash = key.indexOf(SLASH, slash + 1)) ends.push(slash)
  const [, from = 0, to = 0] = ends
  return ends.length === 4 ? key.subarray(from + 1, to) : undefined
}

/** What GoFrame's etcd registry writes: metadata at `/service/{deployment}/{namespace}/{name}/{version}/{host:port,…}`. */
export const goFrame = frameworkLayout({
  name: 'goframe',
  defaultPrefix: '/service',
  prefixes: { flat: ['/service'] },
  below: nameIn,
  sign: {
    title: 'GoFrame',
    layout: 'goframe',
    is({ key, shape, isTree }) {
      if (!shape || key === undefined) return false
      if (isTree) return shape.exact.size === 2 && has(shape.exact, 'Key', 'Value')
      const segments = segmentsOf(key)
      const addresses = segments[5]?.split(',') ?? []
      return segments.length === 6 && addresses.every((address) => parseAddress(address) !== undefined)
    },
  },
  cut(key, prefix = key.split('/').slice(0, -5).join('/')) {
    const below = key.slice(prefix.length + 1).split('/')
    const [, , service = '', version, id = ''] = below
    return below.length === 5 && service !== '' ? { prefix, service, id, ...(version && { version }) } : undefined
  },
  read({ value }, { id }) {
    const members = membersOf(value)
    if (members === undefined) return undefined
    const metadata = asMetadata(members)
    const protocol = Object.hasOwn(metadata, 'protocol') ? metadata['protocol'] : ''
    const endpoints = id.split(',').map((address) => (protocol ? `${protocol}://${address}` : address))
    return { endpoints, metadata }
  },
  // Its searches range over a name, and fail by what has no version and addresses, or no object as value.
  isSpoiltBy({ key, shape }) {
    const { length } = key === undefined ? [] : segmentsOf(key)
    return length === 4 || length === 5 || (length >= 6 && !shape)
  },
  encode: () => readOnly('goframe'),
})
