import { parseEndpoint } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit, Metadata } from '../../model/instance.ts'
import type { Problem } from '../../model/reading.ts'
import type { Status } from '../../model/status.ts'
import type { EncodeOptions } from '../contract/backend.ts'
import { hasTextsOnly } from '../../model/texts.ts'
import { isTree, textIn } from './object.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'

/** The value of a label, unless it is empty. Source: "Labels and Selectors" in Kubernetes' documentation. */
export const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/** What Kratos or rollcall wrote on a Pod. */
export interface Mark {
  /** The service it is an instance of, also while it is out of traffic; empty: it is not an instance. */
  readonly service: string
  readonly id: string
  readonly version: string
  readonly offline?: Offline
}

/** The annotation of an instance that was taken out of traffic. */
interface Offline {
  readonly service: string
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly reason?: string
}

/** Kratos' readers go by the label alone, so emptying it hides an instance from them; the annotation keeps its name. */
export function markOf({ metadata: { labels, annotations } }: Pod): Mark {
  const service = labels[LABELS.service] ?? ''
  const offline = service === '' ? offlineIn(annotations[ANNOTATIONS.offline]) : undefined
  const [id, version] = [labels[LABELS.id] ?? '', labels[LABELS.version] ?? '']
  return offline ? { service: offline.service, id, version, offline } : { service, id, version }
}

/** Whether a Pod has a service or an id. A deregistration empties both. */
export function hasMark(pod: Pod): boolean {
  const { service, id } = markOf(pod)
  return service !== '' || id !== ''
}

/**
 * Whether a Pod has all that a registration wrote on another, but for the service: that goes elsewhere while the instance is
 * out of traffic.
 */
export function isMarkedLike(pod: Pod, other: Pod): boolean {
  return (
    [LABELS.id, LABELS.version].every((name) => pod.metadata.labels[name] === other.metadata.labels[name]) &&
    [ANNOTATIONS.metadata, ANNOTATIONS.protocols].every(
      (name) => pod.metadata.annotations[name] === other.metadata.annotations[name],
    )
  )
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
type TextMap = { readonly texts: Metadata } | { readonly problem: Problem }

const EMPTY = new Set(['', '{}', 'null', 'nil', '[]'])

/** What an annotation holds. One that is malformed makes Kratos' readers fail for all of the service. */
export function mapIn(pod: Pod, annotation: string): TextMap {
  const text = pod.metadata.annotations[annotation] ?? ''
  if (EMPTY.has(text)) return { texts: {} }
  const value = jsonIn(text)
  if (isTree(value) && hasTextsOnly(value)) return { texts: value }
  if (!isTree(value))
    return { problem: problemOf('not-json', `the annotation ${annotation} is not a JSON object`, text) }
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

/** Labels and annotations of a merge patch: null removes an annotation. */
export interface MarkPatch {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string | null>>
}

/** As Kratos deregisters: the keys stay, emptied. */
export const CLEARED: MarkPatch = {
  labels: { [LABELS.service]: '', [LABELS.id]: '', [LABELS.version]: '' },
  annotations: { [ANNOTATIONS.metadata]: '{}', [ANNOTATIONS.protocols]: '{}', [ANNOTATIONS.offline]: null },
}

/** As Kratos registers. @throws RollcallError `usage` for what labels cannot hold, and for two schemes on one port */
export function patchFor(instance: InstanceInit, { weight, env }: EncodeOptions): MarkPatch {
  const metadata: Metadata = {
    ...instance.metadata,
    ...(weight === undefined ? {} : { weight: String(weight) }),
    ...(env === undefined ? {} : { env }),
  }
  return {
    labels: {
      [LABELS.service]: labelValue('name', instance.name),
      [LABELS.id]: labelValue('id', instance.id),
      [LABELS.version]: instance.version ? labelValue('version', instance.version) : '',
    },
    annotations: {
      [ANNOTATIONS.metadata]: JSON.stringify(metadata),
      [ANNOTATIONS.protocols]: JSON.stringify(protocolsOf(instance.endpoints ?? [])),
      [ANNOTATIONS.offline]: null,
    },
  }
}

/** What gives a Pod all the marks that another has, and no others. */
export function patchTo({ metadata: { labels, annotations } }: Pod): MarkPatch {
  return {
    labels: Object.fromEntries(Object.values(LABELS).map((name) => [name, labels[name] ?? ''])),
    annotations: Object.fromEntries(Object.values(ANNOTATIONS).map((name) => [name, annotations[name] ?? null])),
  }
}

/** What hides a Pod from Kratos' readers (`down`), or shows it again. `now` in milliseconds since 1970. */
export function statusPatch(
  service: string,
  status: Extract<Status, 'up' | 'down'>,
  { now, reason }: { readonly now: number; readonly reason: string | undefined },
): MarkPatch {
  if (status === 'up') return { labels: { [LABELS.service]: service }, annotations: { [ANNOTATIONS.offline]: null } }
  const offline = { service, since: new Date(now).toISOString(), ...(reason === undefined ? {} : { reason }) }
  return { labels: { [LABELS.service]: '' }, annotations: { [ANNOTATIONS.offline]: JSON.stringify(offline) } }
}

function labelValue(what: string, text: string): string {
  if (LABEL_VALUE.test(text)) return text
  throw new RollcallError('usage', `the ${what} ${JSON.stringify(text)} cannot be the value of a label`, {
    hint: 'use at most 63 letters, digits, hyphens, dots and underscores, with a letter or digit first and last',
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
      throw new RollcallError('usage', `two endpoints have the port ${port}, but a Pod has one scheme for each port`)
    protocols[port] = scheme
  }
  return protocols
}
