import { RollcallError } from '../../model/errors.ts'
import type { Status } from '../../model/status.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'
import type { EncodeOptions } from '../contract/backend.ts'
import { parseEndpoint } from '../../model/endpoint.ts'
import type { InstanceInit, Metadata } from '../../model/instance.ts'
import type { Problem } from '../../model/reading.ts'
import { isTree, textIn } from './object.ts'

/** What Kratos, or we, wrote on a Pod. */
export interface Mark {
  /** The service it is an instance of, also while it is out of traffic; empty: of none. */
  readonly service: string
  readonly id: string
  readonly version: string
  readonly offline?: Offline
}

/** An instance that was taken out of traffic: what its annotation says. */
export interface Offline {
  readonly service: string
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly reason?: string
}

/** Kratos' readers go by the label alone, so taking it away hides an instance from them; the annotation keeps its name. */
export function markOf({ metadata: { labels, annotations } }: Pod): Mark {
  const service = labels[LABELS.service] ?? ''
  const offline = service === '' ? offlineIn(annotations[ANNOTATIONS.offline]) : undefined
  return {
    service: offline?.service ?? service,
    id: labels[LABELS.id] ?? '',
    version: labels[LABELS.version] ?? '',
    ...(offline ? { offline } : {}),
  }
}

export function offlineAnnotation(service: string, now: number, reason: string | undefined): string {
  const told = reason === undefined ? {} : { reason }
  return JSON.stringify({ service, since: new Date(now).toISOString(), ...told })
}

function offlineIn(text: string | undefined): Offline | undefined {
  const value = text === undefined ? undefined : jsonIn(text)
  if (!isTree(value)) return undefined
  const [service, reason, since] = [textIn(value['service']), textIn(value['reason']), textIn(value['since'])]
  if (service === '') return undefined
  const at = Date.parse(since)
  return {
    service,
    ...(Number.isNaN(at) ? {} : { since: at }),
    ...(reason === '' ? {} : { reason }),
  }
}

/** A map of texts, as Kratos decodes it, or why it cannot. */
export type TextMap = { readonly texts: Metadata } | { readonly problem: Problem }

const EMPTY = new Set(['', '{}', 'null', 'nil', '[]'])

/** What an annotation holds. One that is malformed makes Kratos' readers fail for all of the service. */
export function mapIn(pod: Pod, annotation: string): TextMap {
  const text = pod.metadata.annotations[annotation] ?? ''
  if (EMPTY.has(text)) return { texts: {} }
  const value = jsonIn(text)
  if (!isTree(value)) return { problem: problemOf('not-json', `the annotation ${annotation} is no JSON object`, text) }
  const wrong = Object.entries(value).find(([, member]) => typeof member !== 'string' && member !== null)
  if (wrong) {
    const culprit = JSON.stringify(wrong[1])
    return { problem: problemOf('wrong-type', `the annotation ${annotation} has no text in "${wrong[0]}"`, culprit) }
  }
  return { texts: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, textIn(member)])) }
}

const problemOf = (code: Problem['code'], message: string, culprit: string): Problem => ({
  code,
  message,
  culprit: culprit.slice(0, 100),
})

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Labels and annotations of a merge patch: null takes one away. */
export interface Marks {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string | null>>
}

/** As Kratos deregisters: the keys stay, emptied. */
export const CLEARED: Marks = {
  labels: { [LABELS.service]: '', [LABELS.id]: '', [LABELS.version]: '' },
  annotations: { [ANNOTATIONS.metadata]: '{}', [ANNOTATIONS.protocols]: '{}', [ANNOTATIONS.offline]: null },
}

/** As Kratos registers. @throws RollcallError `usage` for what labels cannot hold, and two schemes on one port */
export function marksFor(instance: InstanceInit, { weight, env }: EncodeOptions): Marks {
  const metadata: Metadata = {
    ...instance.metadata,
    ...(weight === undefined ? {} : { weight: String(weight) }),
    ...(env === undefined ? {} : { env }),
  }
  return {
    labels: {
      [LABELS.service]: checked('name', instance.name),
      [LABELS.id]: checked('id', instance.id),
      [LABELS.version]: instance.version ? checked('version', instance.version) : '',
    },
    annotations: {
      [ANNOTATIONS.metadata]: JSON.stringify(metadata),
      [ANNOTATIONS.protocols]: JSON.stringify(protocolsOf(instance.endpoints ?? [])),
      [ANNOTATIONS.offline]: null,
    },
  }
}

function checked(what: string, text: string): string {
  if (LABEL_VALUE.test(text)) return text
  throw new RollcallError('usage', `the ${what} ${JSON.stringify(text)} is no value of a label`, {
    hint: 'at most 63 letters, digits, hyphens, dots and underscores, a letter or digit first and last',
  })
}

function protocolsOf(endpoints: readonly string[]): Record<string, string> {
  const protocols: Record<string, string> = {}
  for (const text of endpoints) {
    const endpoint = parseEndpoint(text)
    if (endpoint.is === 'flaw')
      throw new RollcallError('usage', `the endpoint "${text}" cannot be dialled: ${endpoint.message}`)
    const { port, scheme } = endpoint
    if (Object.hasOwn(protocols, port))
      throw new RollcallError('usage', `two endpoints have the port ${port}, and a Pod has one scheme a port`)
    protocols[port] = scheme
  }
  return protocols
}

/** What a label can be worth, but for nothing. Source: "Labels and Selectors" in Kubernetes' documentation. */
export const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/** What makes Kratos' readers pass over a Pod, or find it again; what else it is marked with stays. */
export function marksOfStatus(
  pod: Pod,
  status: Status,
  { now, reason }: { now: number; reason: string | undefined },
): Marks | RollcallError {
  const { service } = markOf(pod)
  if (service === '')
    return new RollcallError('unsupported', `the Pod ${pod.metadata.name} is an instance of no service`)
  if (status === 'up') return { labels: { [LABELS.service]: service }, annotations: { [ANNOTATIONS.offline]: null } }
  if (status === 'down')
    return {
      labels: { [LABELS.service]: '' },
      annotations: { [ANNOTATIONS.offline]: offlineAnnotation(service, now, reason) },
    }
  return new RollcallError('unsupported', `no Pod can be set to "${status}"`, { hint: 'set it to down, or to up' })
}
