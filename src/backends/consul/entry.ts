import { withoutBrackets } from '../../model/address.ts'
import { hasTextsOnly } from '../../model/texts.ts'

/** One instance of a service, as GET /v1/health/service/{name} answers it: the body of a record that was read. */
export interface HealthEntry {
  readonly Node: {
    readonly Node: string
    readonly Address: string
    readonly Datacenter: string
  }
  readonly Service: AgentService & { readonly CreateIndex: number; readonly ModifyIndex: number }
  readonly Checks: readonly HealthCheck[]
  /** Not of Consul: added where its own agent was asked. */
  readonly AgentHasIt?: boolean
}

/** A node with all that is on it, as GET /v1/internal/ui/nodes answers. Consul's own web page reads the same. */
export interface NodeDump {
  readonly ID: string
  readonly Node: string
  readonly Address: string
  readonly PeerName?: string
  readonly TaggedAddresses?: object
  readonly Meta?: object
  readonly Services: readonly HealthEntry['Service'][] | null
  readonly Checks: readonly HealthCheck[] | null
}

export interface AgentService {
  readonly ID: string
  readonly Service: string
  readonly Tags?: readonly string[] | null
  /** In an agent's own answer: changes with anything that was registered. */
  readonly ContentHash?: string
}

export interface HealthCheck {
  readonly CheckID: string
  readonly Status: string
  readonly ServiceID: string
  readonly Output?: string
  /** Of a node in maintenance: why. */
  readonly Notes?: string
  readonly ServiceTags?: readonly string[] | null
  readonly ModifyIndex: number
}

/** What a record's body says, be it an answer of Consul or a definition that is sent to it. */
export interface ConsulEntry {
  readonly datacenter: string
  readonly node: string
  readonly id: string
  readonly service: string
  /** `connect-proxy` and the like; empty for an ordinary service. */
  readonly kind: string
  readonly tags: readonly string[]
  readonly meta: Readonly<Record<string, string>>
  /** Its own, or where it has none, its node's; IPv6 without brackets. */
  readonly host: string
  /** 0 where there is none. */
  readonly port: number
  readonly taggedAddresses: readonly TaggedAddress[]
  /** While its checks pass, and while one warns; undefined where the body has none, as in a definition. */
  readonly weights: { readonly passing: number; readonly warning: number } | undefined
  readonly namespace: string
  readonly checks: readonly ConsulCheck[]
  /** Whether its own agent has it; undefined where the agent was not asked. */
  readonly held: boolean | undefined
}

export interface TaggedAddress {
  readonly tag: string
  readonly address: string
  readonly port: number
}

export interface ConsulCheck {
  readonly id: string
  readonly status: string
  /** What the check saw, or for maintenance the reason. */
  readonly output: string
  /** A check is critical until it has run for the first time. */
  readonly hasRun: boolean
  readonly type: string
  /** Of the node alone where it is empty. */
  readonly serviceId: string
}

type Tree = Readonly<Record<string, unknown>>

/** What of an entry says which service it belongs to. */
export type EntryNames = Pick<ConsulEntry, 'id' | 'service' | 'kind' | 'tags'>

/** As `entryIn`, for a caller who asks nothing else. */
export function namesIn(body: object): EntryNames | undefined {
  const service = serviceTree(tree(body))
  const names: EntryNames = {
    id: text(service['ID']),
    service: nameOf(service),
    kind: text(service['Kind']),
    tags: list(service['Tags']).map(text),
  }
  return names.service === '' || names.id === '' ? undefined : names
}

/** Undefined for what is not a service of Consul: it has no name, or no id. Never throws. */
export function entryIn(body: object): ConsulEntry | undefined {
  const entry = readEntry(body)
  return entry.service === '' || entry.id === '' ? undefined : entry
}

/** Texts are empty and numbers 0 where the body has none. Never throws. */
export function readEntry(body: object): ConsulEntry {
  const top = tree(body)
  const service = serviceTree(top)
  const node = tree(top['Node'])
  return {
    datacenter: text(node['Datacenter']),
    node: text(node['Node']),
    id: text(service['ID']),
    service: nameOf(service),
    kind: text(service['Kind']),
    tags: list(service['Tags']).map(text),
    meta: textsIn(tree(service['Meta'])),
    host: withoutBrackets(text(service['Address']) || text(node['Address'])),
    port: portOf(service),
    taggedAddresses: Object.entries(tree(service['TaggedAddresses'])).map(taggedAddressOf),
    weights: weightsIn(tree(service['Weights'])),
    namespace: text(service['Namespace']),
    checks: list(top['Checks']).map((check) => checkOf(tree(check))),
    held: typeof top['AgentHasIt'] === 'boolean' ? top['AgentHasIt'] : undefined,
  }
}

/** A definition is the service itself. */
function serviceTree(top: Tree): Tree {
  return isTree(top['Service']) ? top['Service'] : top
}

function nameOf(service: Tree): string {
  return text(service['Service']) || text(service['Name'])
}

/** A copy, with empty texts for what is none. */
function textsIn(meta: Tree): Readonly<Record<string, string>> {
  if (hasTextsOnly(meta)) return { ...meta }
  return Object.fromEntries(Object.entries(meta).map(([key, value]) => [key, text(value)]))
}

/** Newer servers list ports by name instead. */
function portOf(service: Tree): number {
  const own = number(service['Port'])
  if (own !== 0) return own
  const usual = list(service['Ports'])
    .map(tree)
    .find((port) => port['Name'] === 'default')
  return number(usual?.['Port'])
}

function weightsIn({ Passing: passing, Warning: warning }: Tree): ConsulEntry['weights'] {
  return typeof passing === 'number' && typeof warning === 'number' ? { passing, warning } : undefined
}

function taggedAddressOf([tag, value]: [string, unknown]): TaggedAddress {
  return { tag, address: text(tree(value)['Address']), port: number(tree(value)['Port']) }
}

function checkOf(check: Tree): ConsulCheck {
  const type = text(check['Type']) || (text(check['TTL']) ? 'ttl' : '')
  return {
    id: text(check['CheckID']),
    status: text(check['Status']),
    output: text(check['Output']) || text(check['Notes']),
    hasRun: text(check['Output']) !== '',
    type,
    serviceId: text(check['ServiceID']),
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null
}

const tree = (value: unknown): Tree => (isTree(value) ? value : {})
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
