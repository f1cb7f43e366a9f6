import type { Metadata } from '../../model/instance.ts'
import type { Problem } from '../../model/reading.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'
import { isTree, textIn } from './tree.ts'

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
