import type { HealthCheck, HealthEntry, NodeDump } from './entry.ts'

/** Whether an answer has the form that its readers rely on. Whatever has not is not from Consul. */
export type Shape<T> = (body: unknown) => body is T

/** For answers that are not read. */
export const anything: Shape<unknown> = (_body): _body is unknown => true

export const isNames: Shape<Readonly<Record<string, unknown>>> = (body) => isObject(body)

export const isWords: Shape<readonly string[]> = (body): body is readonly string[] => isListOf(body, isText)

export const isEntries: Shape<readonly HealthEntry[]> = (body): body is readonly HealthEntry[] =>
  isListOf(body, isEntry)

export const isDump: Shape<readonly NodeDump[]> = (body): body is readonly NodeDump[] => isListOf(body, isNodeDump)

export const isSelf: Shape<{ readonly Config: { readonly NodeName: string; readonly Datacenter: string } }> = (
  body,
): body is { readonly Config: { readonly NodeName: string; readonly Datacenter: string } } =>
  isObject(body) && hasTexts(body['Config'], 'NodeName', 'Datacenter')

/** Of an agent that knows no leader it is empty. */
export const isLeader: Shape<string> = (body): body is string => isText(body)

interface AgentConfig {
  readonly NodeName: string
  readonly Datacenter: string
  readonly Version: string
  readonly Server?: boolean
}

export const isSelfWithVersion: Shape<{ readonly Config: AgentConfig }> = (
  body,
): body is { readonly Config: AgentConfig } =>
  isObject(body) && hasTexts(body['Config'], 'NodeName', 'Datacenter', 'Version')

export const isCheckList: Shape<readonly HealthCheck[]> = (body): body is readonly HealthCheck[] =>
  isListOf(body, isCheck)

/** What the leader knows of the servers' health. */
interface Autopilot {
  readonly Healthy: boolean
  /** By their ids. */
  readonly Servers: Readonly<Record<string, { readonly Name: string; readonly Healthy: boolean }>>
}

export const isAutopilot: Shape<Autopilot> = (body): body is Autopilot =>
  isObject(body) &&
  typeof body['Healthy'] === 'boolean' &&
  isObject(body['Servers']) &&
  Object.values(body['Servers']).every((each) => hasTexts(each, 'Name') && typeof each['Healthy'] === 'boolean')

export const isToken: Shape<{ readonly AccessorID: string }> = (body): body is { readonly AccessorID: string } =>
  hasTexts(body, 'AccessorID')

export const isAgentService: Shape<HealthEntry['Service']> = (body): body is HealthEntry['Service'] =>
  hasTexts(body, 'ID', 'Service')

export const isChecks: Shape<Readonly<Record<string, HealthCheck>>> = (
  body,
): body is Readonly<Record<string, HealthCheck>> => isObject(body) && Object.values(body).every(isCheck)

/** A node, and what is on it by service id. Consul answers null for a node that it does not know. */
export interface NodeServices {
  readonly Node: HealthEntry['Node']
  readonly Services: Readonly<Record<string, HealthEntry['Service']>>
}

export const isNodeServices: Shape<NodeServices | null> = (body): body is NodeServices | null =>
  body === null ||
  (isObject(body) &&
    hasTexts(body['Node'], 'Node', 'Datacenter') &&
    isObject(body['Services']) &&
    Object.values(body['Services']).every(isAgentService))

export const isVerdicts: Shape<readonly { readonly Allow: boolean }[]> = (
  body,
): body is readonly { readonly Allow: boolean }[] =>
  isListOf(body, (each) => isObject(each) && typeof each['Allow'] === 'boolean')

function isEntry(value: unknown): boolean {
  return (
    isObject(value) &&
    hasTexts(value['Node'], 'Node', 'Datacenter') &&
    isAgentService(value['Service']) &&
    isListOf(value['Checks'], isCheck)
  )
}

function isNodeDump(value: unknown): boolean {
  return (
    hasTexts(value, 'Node') &&
    isListOf(value['Services'] ?? [], isAgentService) &&
    isListOf(value['Checks'] ?? [], isCheck)
  )
}

function isCheck(value: unknown): boolean {
  return hasTexts(value, 'CheckID', 'Status')
}

function hasTexts(value: unknown, ...fields: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isObject(value) && fields.every((field) => isText(value[field]))
}

function isListOf(value: unknown, isMember: (member: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isMember)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
