import { FOLDERS, applicationIn, dubboNodeAt, type DubboNode } from './dubbo-url.ts'
import { frameworkLayout } from './framework.ts'
import type { FrameworkInstance } from './layout.ts'
import { readOnly } from './one-address.ts'
import { keyTextOf } from './stored-key.ts'

/** What Dubbo says of the interface alone, or of the moment; the rest of a URL is about the process. */
const OF_THE_INTERFACE: ReadonlySet<string> = new Set([
  'application',
  'application.version',
  'group',
  'interface',
  'methods',
  'path',
  'revision',
  'timestamp',
  'version',
])

/** Beside the interfaces: which application has which, their descriptions, and settings. */
const BESIDE: ReadonlySet<string> = new Set(['config', 'mapping', 'metadata'])

/**
 * Dubbo at interface level: a node without data of use for each interface of a process, its name a URL, encoded:
 * `{prefix}/{interface}/providers/{URL}`. The service is the application; all nodes of an address are one instance.
 */
export const dubbo = frameworkLayout({
  name: 'dubbo',
  defaultPrefix: '/dubbo',
  prefixes: { tree: ['/dubbo'] },
  below: applicationIn,
  sign: {
    title: 'Dubbo',
    layout: 'dubbo',
    is: ({ key }) => key !== undefined && dubboNodeAt(key) !== undefined,
    removal: {
      comesBack: false,
      note: 'its process, if still running, stays unregistered until it opens a new session',
    },
  },
  noRemoval:
    'Dubbo registers an instance with a node for each interface, and rollcall does not remove these: a process that still runs would go on without some of them',
  noStatus:
    'Dubbo takes a provider out of traffic by a rule of its own (a configurator), which rollcall does not write',
  isStructure(below) {
    const [first = '', folder, url, ...rest] = below.split('/')
    if (BESIDE.has(first) || folder === undefined) return true
    return rest.length === 0 && FOLDERS.has(folder) && (folder !== 'providers' || url === undefined)
  },
  cut(key, prefix) {
    const node = providerAt(key)
    if (node === undefined || (prefix !== undefined && node.prefix !== prefix)) return undefined
    return { prefix: node.prefix, service: nameOf(node), id: node.authority }
  },
  read(stored) {
    const node = providerAt(keyTextOf(stored) ?? '')
    return node && instanceOf(node)
  },
  encode: () => readOnly('dubbo'),
})

/** A URL of the protocol `empty` says that there is no provider. */
function providerAt(key: string): DubboNode | undefined {
  const node = dubboNodeAt(key)
  return node?.folder === 'providers' && node.protocol !== 'empty' ? node : undefined
}

function nameOf({ parameters }: DubboNode): string {
  return parameters.get('application') || (parameters.get('interface') ?? '')
}

function instanceOf({ protocol, authority, parameters }: DubboNode): FrameworkInstance {
  const methods = (parameters.get('methods') ?? '').split(',')
  const isOfMethod = (name: string) => name.includes('.') && methods.includes(name.slice(0, name.indexOf('.')))
  const metadata = Object.fromEntries(
    [...parameters].filter(([name]) => !OF_THE_INTERFACE.has(name) && !isOfMethod(name)),
  )
  const offered = serviceKeyOf(parameters)
  const reason = whyOut(parameters)
  return {
    version: parameters.get('application.version') ?? '',
    metadata,
    endpoints: [`${protocol}://${authority}`],
    groupKey: groupKeyAt(authority),
    observed: {
      tags: [offered],
      ...(reason !== undefined && { status: 'maintenance' as const, reason: `${reason} for ${offered}` }),
    },
  }
}

/** The mark of what Dubbo has registered at an address, at both of its levels. */
export function groupKeyAt(authority: string): string {
  return `dubbo ${authority}`
}

/** What is offered, as Dubbo itself writes it: `{group}/{interface}:{version}`. */
function serviceKeyOf(parameters: ReadonlyMap<string, string>): string {
  const [group, name = '', version] = ['group', 'interface', 'version'].map((key) => parameters.get(key))
  return `${group ? `${group}/` : ''}${name}${version ? `:${version}` : ''}`
}

/** Why Dubbo's consumers leave a provider out; `disabled` goes before `enabled`. */
function whyOut(parameters: ReadonlyMap<string, string>): string | undefined {
  const [disabled, enabled] = ['disabled', 'enabled'].map((key) => parameters.get(key))
  if (disabled) return disabled.toLowerCase() === 'true' ? 'disabled is true' : undefined
  return enabled && enabled.toLowerCase() !== 'true' ? `enabled is ${enabled}` : undefined
}
