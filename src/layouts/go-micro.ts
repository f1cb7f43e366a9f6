import { parseAddress } from '../model/address.ts'
import { readOnly } from './one-address.ts'
import { frameworkLayout } from './framework.ts'
import { decodeGoJson } from './go-json.ts'
import { elementsOf, membersOf } from './go-members.ts'
import { areTexts, has } from './shape.ts'

/** go-micro's `registry.Service` and `registry.Node`; its endpoints describe calls, not addresses. */
const SERVICE = {
  name: 'string',
  version: 'string',
  metadata: 'map[string]string',
  endpoints: 'presence',
  nodes: 'presence',
} as const
const NODE = { id: 'string', address: 'string', metadata: 'map[string]string' } as const

/** What go-micro's etcd registry writes: JSON with one node at `{prefix}/{service}/{node}`, each slash in a name a hyphen. */
export const goMicro = frameworkLayout({
  name: 'go-micro',
  defaultPrefix: '/micro/registry',
  prefixes: { flat: ['/micro/registry'] },
  sign: {
    title: 'go-micro',
    layout: 'go-micro',
    is({ shape }) {
      const nodes = shape?.folded.get('nodes')
      const isList = nodes === 'array' || nodes === 'texts'
      return (
        shape !== undefined && isList && areTexts(shape.folded, 'name') && has(shape.folded, 'version', 'endpoints')
      )
    },
    removal: { comesBack: false, note: 'its process, if still running, never writes it again: restart it' },
  },
  read({ value }) {
    const json = decodeGoJson(value, SERVICE)
    const nodes = nodesIn(membersOf(value, { fold: true })?.get('nodes'))
    if (json.is !== 'object' || nodes === undefined) return undefined
    const { name, version, metadata } = json.fields
    const [first] = nodes
    return {
      ...(name && { name }),
      ...(version !== undefined && { version }),
      ...(first?.id && { id: first.id }),
      metadata: { ...metadata, ...first?.metadata },
      endpoints: nodes.flatMap(endpointOf),
    }
  },
  encode: () => readOnly('go-micro'),
})

interface Node {
  readonly id?: string
  readonly address?: string
  readonly metadata?: Readonly<Record<string, string>> | null
}

/** Undefined where one of them has a field of a wrong type, which fails the record. */
function nodesIn(json = ''): readonly Node[] | undefined {
  const nodes = elementsOf(json)?.map((node) => decodeGoJson(Buffer.from(node), NODE))
  if (nodes === undefined || nodes.some(({ is }) => is !== 'object' && is !== 'null')) return undefined
  return nodes.flatMap((node) => ('fields' in node ? [node.fields] : []))
}

function endpointOf({ address = '', metadata }: Node): string[] {
  if (address === '') return []
  const protocol = metadata && Object.hasOwn(metadata, 'protocol') ? metadata['protocol'] : ''
  return [protocol && parseAddress(address) ? `${protocol}://${address}` : address]
}
