import { escapeKey } from '../model/key.ts'
import type { FoldHit, FindingOrigin, Rule, Severity, Subject } from './rule.ts'

/** One thing that is wrong with one record, with all it takes to mend it. */
export interface Finding extends FindingOrigin {
  /** The rule's code. */
  readonly rule: string
  readonly severity: Severity
  readonly title: string
  readonly message: string
  readonly fix: string
  readonly culprit?: string
}

export function findingOf(rule: Rule, { origin, message, culprit }: FoldHit): Finding {
  return {
    rule: rule.code,
    severity: rule.severity,
    title: rule.title,
    message,
    fix: rule.fix,
    ...origin,
    ...(culprit === undefined ? {} : { culprit }),
  }
}

export function originOf(subject: Subject): FindingOrigin {
  const { record, reading } = subject
  const id = idOf(subject)
  const observed = reading.is === 'instance' ? reading.observed : undefined
  const otherKeys = observed?.leaseKeys ?? record.leaseState?.keys.filter((key) => key !== record.id)
  return {
    key: record.id,
    service: subject.service,
    ...(id === undefined ? {} : { id }),
    ...(record.lease === undefined ? {} : { lease: record.lease }),
    ...(observed?.owner === undefined ? {} : { owner: observed.owner }),
    hosts: hostsOf(subject),
    ...(otherKeys === undefined ? {} : { otherKeys }),
  }
}

/** The instance's id as far as it can be read. */
export function idOf({ reading }: Subject): string | undefined {
  if (reading.is === 'instance') return reading.instance.id
  return reading.is === 'malformed' ? reading.problem.id : undefined
}

/** A sentence quotes no more of a text. */
const QUOTED = 200

/** Text from a registry, in quotes and safe to print; of a long one the beginning. */
export function quoted(text: string): string {
  if (text.length <= QUOTED) return `"${printable(text)}"`
  return `"${printable(text.slice(0, QUOTED).toWellFormed())}…"`
}

export function printable(text: string): string {
  return escapeKey(Buffer.from(text))
}

function hostsOf(subject: Subject): string[] {
  const hosts = subject.endpoints.flatMap(({ host }) => host ?? [])
  return [...new Set(hosts.length > 0 ? hosts : hostsInText(subject))]
}

/** In a value that cannot be decoded, whatever looks like a URL's host or an IPv4 address. */
function hostsInText({ record, reading }: Subject): string[] {
  if (reading.is !== 'malformed') return []
  const { body } = record
  const text = body instanceof Uint8Array ? Buffer.from(body.subarray(0, 65_536)).toString() : JSON.stringify(body)
  const found = text.matchAll(/:\/\/(\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)|(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])/giu)
  return [...found].map(([, host, address]) => (host ?? address ?? '').replace(/^\[|\]$/g, ''))
}
