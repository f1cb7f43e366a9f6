import { parseAddress } from '../model/address.ts'
import { readOnly } from './one-address.ts'
import { frameworkLayout } from './framework.ts'
import { asMetadata, asText, membersOf } from './go-members.ts'
import type { FrameworkInstance, KeyCut } from './layout.ts'
import { has } from './shape.ts'
import { segmentsOf } from './stored-key.ts'

const SLASH = 0x2f
/** How GoFrame's folders in ZooKeeper begin: `service-{deployment}-{namespace}-{name}-{version}`. */
const HEAD = 'service-'

const isHead = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1') === HEAD

/** The third of five segments; of two, as ZooKeeper has them, the second. */
function nameIn(key: Uint8Array, start: number): Uint8Array | undefined {
  const ends: number[] = []
  for (let slash = key.indexOf(SLASH, start); slash >= 0; slash = key.indexOf(SLASH, slash + 1)) ends.push(slash)
  const [first = 0, second = 0, third = 0] = ends
  if (ends.length === 4) return key.subarray(second + 1, third)
  return ends.length === 1 && isHead(key.subarray(start, start + HEAD.length)) ? key.subarray(first + 1) : undefined
}

/**
 * What GoFrame's etcd registry writes: metadata at `/service/{deployment}/{namespace}/{name}/{version}/{host:port,…}`. In ZooKeeper
 * such a key and its value lie as JSON in one node for a name and a version, below Kratos' root unless another is set.
 */
export const goFrame = frameworkLayout({
  name: 'goframe',
  defaultPrefix: '/service',
  prefixes: { flat: ['/service'], tree: ['/microservices'] },
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
  cut(key, prefix) {
    return cutInTree(key, prefix) ?? cutInEtcd(key, prefix)
  },
  read({ value }, { id, service }) {
    const members = membersOf(value)
    if (members === undefined) return undefined
    return id === service ? inNode(members) : instanceAt(id, members)
  },
  // Its searches range over a name, and fail by what has no version and addresses, or no object as value.
  isSpoiltBy({ key, shape, isTree }) {
    const { length } = key === undefined ? [] : segmentsOf(key)
    return !isTree && (length === 4 || length === 5 || (length >= 6 && !shape))
  },
  encode: () => readOnly('goframe'),
})

function cutInEtcd(key: string, prefix = key.split('/').slice(0, -5).join('/')): KeyCut | undefined {
  const below = key.slice(prefix.length + 1).split('/')
  const [, , service = '', version, id = ''] = below
  return below.length === 5 && service !== '' ? { prefix, service, id, ...(version && { version }) } : undefined
}

function cutInTree(key: string, prefix = key.split('/').slice(0, -2).join('/')): KeyCut | undefined {
  const [folder = '', service = '', ...rest] = key.slice(prefix.length + 1).split('/')
  return folder.startsWith(HEAD) && service !== '' && rest.length === 0 ? { prefix, service, id: service } : undefined
}

/** The record that a node of ZooKeeper holds; undefined where GoFrame cannot decode it. */
function inNode(members: ReadonlyMap<string, string>): FrameworkInstance | undefined {
  const cut = cutInEtcd(asText(members.get('Key') ?? ''))
  const value = membersOf(asText(members.get('Value') ?? ''))
  if (cut === undefined || cut.id === '' || value === undefined) return undefined
  const { id, service: name, version = '' } = cut
  return { ...instanceAt(id, value), id, name, version }
}

function instanceAt(addresses: string, members: ReadonlyMap<string, string>): FrameworkInstance {
  const metadata = asMetadata(members)
  const protocol = Object.hasOwn(metadata, 'protocol') ? metadata['protocol'] : ''
  const endpoints = addresses.split(',').map((address) => (protocol ? `${protocol}://${address}` : address))
  return { endpoints, metadata }
}
