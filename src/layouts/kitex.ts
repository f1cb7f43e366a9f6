import { parseAddress } from '../model/address.ts'
import { generateInstanceId } from '../model/instance-id.ts'
import { frameworkLayout, keyBelow } from './framework.ts'
import { decodeGoJson } from './go-json.ts'
import { encodeGoJson } from './go-json-encode.ts'
import { membersOf } from './go-members.ts'
import { onlyAddress, readOnly, refuseBeyond } from './one-address.ts'
import { has } from './shape.ts'
import { lastSegment } from './stored-key.ts'

/** `instanceInfo` of Kitex' and Hertz' etcd registries. */
const INSTANCE = { network: 'string', address: 'string', weight: 'int64', tags: 'map[string]string' } as const

/** What a weight of 0 or less is read as, and what a new record has. */
export const KITEX_WEIGHT = 10

/**
 * What the registries of Kitex and Hertz write: JSON at `{prefix}/{service}/{host:port}`, in etcd each under a prefix of its own, in
 * ZooKeeper at the root, with the address in the key alone. There it is only read.
 */
export const kitex = frameworkLayout({
  name: 'kitex',
  defaultPrefix: 'kitex/registry-etcd',
  prefixes: { flat: ['kitex/registry-etcd', 'hertz/registry-etcd'], tree: [] },
  sign: {
    title: 'Kitex',
    layout: 'kitex',
    is({ key, shape, isTree }) {
      if (!shape) return false
      if (!isTree) return has(shape.folded, 'network', 'address', 'weight')
      const isAtAddress = key !== undefined && parseAddress(lastSegment(key)) !== undefined
      return shape.exact.size === 2 && has(shape.exact, 'Weight', 'Tags') && isAtAddress
    },
    removal: { comesBack: true, note: 'its process, if still running, writes it again within 30s' },
    removalInTree: {
      comesBack: false,
      note: 'its process, if still running, stays unregistered until it opens a new session, and with Hertz until it restarts',
    },
  },
  read({ value }, { id }) {
    const json = decodeGoJson(value, INSTANCE)
    if (json.is !== 'object') return undefined
    const isInKey = !membersOf(value, { fold: true })?.has('address')
    const { network = isInKey ? 'tcp' : '', address = isInKey ? id : '', weight = 0, tags } = json.fields
    const endpoint = network !== '' && parseAddress(address) ? `${network}://${address}` : address
    return {
      endpoints: endpoint === '' ? [] : [endpoint],
      metadata: tags ?? {},
      weight: weight > 0 ? weight : KITEX_WEIGHT,
    }
  },
  encode(instance, options) {
    if (options.isTree) readOnly('kitex', ' in ZooKeeper')
    refuseBeyond('kitex', ['metadata', 'weight'], instance, options)
    const address = onlyAddress('kitex', instance, 'tcp')
    const isGenerated = instance.id === generateInstanceId(instance.name, instance.endpoints ?? [])
    const key = keyBelow(options, instance.name, isGenerated ? address : instance.id)
    const tags = Object.keys(instance.metadata ?? {}).length > 0 ? (instance.metadata ?? null) : null
    const { weight = KITEX_WEIGHT } = options
    return [{ key, value: encodeGoJson({ network: 'tcp', address, weight, tags }) }]
  },
})
