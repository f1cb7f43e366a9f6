import { parseAddress } from '../model/address.ts'
import { generateInstanceId } from '../model/instance-id.ts'
import { frameworkLayout, keyBelow } from './framework.ts'
import { decodeGoJson } from './go-json.ts'
import { encodeGoJson } from './go-json-encode.ts'
import { asMetadata, asText, membersOf } from './go-members.ts'
import { onlyAddress, refuseBeyond } from './one-address.ts'

/** `internal.Update` of etcd's client: `Metadata` is of any type. */
const UPDATE = { op: 'presence', addr: 'string', metadata: 'presence' } as const

/** What gRPC-Go's naming over etcd writes, `endpoints.Manager`: JSON at `{target}/{anything}`, usually the address. */
export const grpcNaming = frameworkLayout({
  name: 'grpc-naming',
  defaultPrefix: '',
  prefixes: { flat: [] },
  sign: {
    title: 'gRPC naming',
    layout: 'grpc-naming',
    is: ({ shape }) => shape !== undefined && shape.folded.get('addr') === 'string' && shape.folded.has('op'),
  },
  read({ value }) {
    const json = decodeGoJson(value, UPDATE)
    if (json.is !== 'object') return undefined
    const { addr = '' } = json.fields
    const metadata = metadataIn(membersOf(value, { fold: true })?.get('metadata'))
    return { endpoints: addr === '' ? [] : [parseAddress(addr) ? `grpc://${addr}` : addr], metadata }
  },
  encode(instance, options) {
    refuseBeyond('grpc-naming', ['metadata'], instance, options)
    const address = onlyAddress('grpc-naming', instance, 'grpc')
    const isGenerated = instance.id === generateInstanceId(instance.name, instance.endpoints ?? [])
    const key = keyBelow(options, instance.name, isGenerated ? address : instance.id)
    const metadata = Object.keys(instance.metadata ?? {}).length > 0 ? (instance.metadata ?? null) : null
    return [{ key, value: encodeGoJson({ Op: 0, Addr: address, Metadata: metadata }) }]
  },
})

/** Anything but an object has no names, so it stands under `metadata`. */
function metadataIn(json = 'null') {
  if (json === 'null') return {}
  const members = membersOf(json)
  return members ? asMetadata(members) : { metadata: asText(json) }
}
