/** One instance of a service, as GET /v1/health/service/{name} answers it; a record's body. */
export interface HealthEntry {
  readonly Node: {
    readonly Node: string
    readonly Address: string
    readonly Datacenter: string
  }
  readonly Service: AgentService & { readonly CreateIndex: number; readonly ModifyIndex: number }
  readonly Checks: readonly HealthCheck[]
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
  readonly ServiceTags?: readonly string[] | null
  readonly ModifyIndex: number
}

/** A record's body, whatever it is, as far as it can be read: an answer, or a registration as it is sent. */
export interface Entry {
  readonly datacenter: string
  readonly node: string
  readonly id: string
  readonly service: string
  readonly tags: readonly string[]
  readonly meta: Readonly<Record<string, string>>
  /** Its own, or where it has none, its node's. */
  readonly host: string
  /** 0 where there is none. */
  readonly port: number
  readonly taggedAddresses: readonly TaggedAddress[]
  readonly namespace: string
  readonly checks: readonly Check[]
}

export interface TaggedAddress {
  readonly tag: string
  readonly address: string
  readonly port: number
}

export interface Check {
  readonly id: string
  readonly status: string
  /** What the check saw, or for maintenance the reason. */
  readonly output: string
  readonly type: string
  /** Of the node alone where it is empty. */
  readonly serviceId: string
}

type Tree = Readonly<Record<string, unknown>>

/** Undefined for what is no service of Consul. Never throws. */
export function entryIn(body: object): Entry | undefined {
  const top = tree(body)
  const service = 'Service' in top && isTree(top['Service']) ? top['Service'] : top
  const node = tree(top['Node'])
  const name = text(service['Service']) || text(service['Name'])
  const id = text(service['ID'])
  if (name === '' || id === '') return undefined
  return {
    datacenter: text(node['Datacenter']),
    node: text(node['Node']),
    id,
    service: name,
    tags: list(service['Tags']).map(text),
    meta: Object.fromEntries(Object.entries(tree(service['Meta'])).map(([key, value]) => [key, text(value)])),
    host: text(service['Address']) || text(node['Address']),
    port: portOf(service),
    taggedAddresses: Object.entries(tree(service['TaggedAddresses'])).map(taggedAddressOf),
    namespace: text(service['Namespace']),
    checks: list(top['Checks']).map((check) => checkOf(tree(check))),
  }
}

/** Newer servers list ports by name instead. */
function portOf(service: Tree): number {
  const usual = list(service['Ports'])
    .map(tree)
    .find((port) => port['Name'] === 'default')
  return number(service['Port']) || number(usual?.['Port'])
}

function taggedAddressOf([tag, value]: [string, unknown]): TaggedAddress {
  return { tag, address: text(tree(value)['Address']), port: number(tree(value)['Port']) }
}

function checkOf(check: Tree): Check {
  const type = text(check['Type']) || (text(check['TTL']) ? 'ttl' : '')
  return {
    id: text(check['CheckID']),
    status: text(check['Status']),
    output: text(check['Output']) || text(check['Notes']),
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
