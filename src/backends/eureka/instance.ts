import type { Metadata } from '../../model/instance.ts'

/** An object of Eureka's JSON. */
export type EurekaTree = Readonly<Record<string, unknown>>

export function isTree(value: unknown): value is EurekaTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

export function treeIn(tree: EurekaTree, name: string): EurekaTree {
  const value = tree[name]
  return isTree(value) ? value : {}
}

/** The objects of a list; of one that some servers write without a list, that one. */
export function listIn(tree: EurekaTree, name: string): EurekaTree[] {
  const value = tree[name]
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter(isTree)
}

/** Numbers and booleans as text, too: servers write either. */
export function textIn(tree: EurekaTree, name: string): string {
  const value = tree[name]
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** A number, be it written as text; undefined for anything else. */
export function numberIn(tree: EurekaTree, name: string): number | undefined {
  const value = tree[name]
  if (value === undefined) return undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** What a lease is where its instance says nothing of it, in seconds. */
export const USUAL = { renewalInterval: 30, duration: 90 } as const

/** A lease. Times in milliseconds since 1970; what is not known is 0. */
export interface EurekaLease {
  /** Seconds between heartbeats. */
  readonly renewalInterval: number
  /** Seconds after which one without a heartbeat is overdue. */
  readonly duration: number
  readonly registeredAt: number
  /** Of the last heartbeat, or of the registration. */
  readonly renewedAt: number
  /** When the server itself counts it as ended. */
  readonly endsAt: number
  readonly upSince: number
}

/**
 * The lease in an answer. Eureka writes the time of the last heartbeat plus the duration, and counts the duration from there, so
 * that a lease ends after twice that; one that was never renewed has the time of its registration.
 */
export function leaseIn(instance: EurekaTree): EurekaLease {
  const lease = treeIn(instance, 'leaseInfo')
  const duration = positiveIn(lease, 'durationInSecs') || USUAL.duration
  const registeredAt = positiveIn(lease, 'registrationTimestamp')
  const told = positiveIn(lease, 'lastRenewalTimestamp')
  const renewed = told - duration * 1_000
  return {
    renewalInterval: positiveIn(lease, 'renewalIntervalInSecs') || USUAL.renewalInterval,
    duration,
    registeredAt,
    renewedAt: renewed >= registeredAt ? renewed : told,
    endsAt: told + duration * 1_000,
    upSince: positiveIn(lease, 'serviceUpTimestamp'),
  }
}

function positiveIn(lease: EurekaTree, name: string): number {
  const number = numberIn(lease, name)
  return number !== undefined && number > 0 ? number : 0
}

/** A port that instances listen on; undefined for one that is disabled or none. */
export function portIn(instance: EurekaTree, name: 'port' | 'securePort'): number | undefined {
  const { [name]: value } = instance
  const port = isTree(value) ? numberIn(value, '$') : numberIn(instance, name)
  const enabled = isTree(value) ? textIn(value, '@enabled') : String(name === 'port')
  return enabled === 'true' && port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536
    ? port
    : undefined
}

const OF_EUREKA: ReadonlySet<string> = new Set(['@class'])

/** In the order of its keys, without what Eureka writes there for its own use, or without these. */
export function metadataIn(instance: EurekaTree, left = OF_EUREKA): Metadata {
  const all = treeIn(instance, 'metadata')
  const entries: [string, string][] = []
  for (const name of Object.keys(all).sort())
    if (!left.has(name) && all[name] !== null) entries.push([name, textIn(all, name)])
  return Object.fromEntries(entries)
}

/** What names an instance in its application: its own id, on Amazon the machine's, in old servers its host. */
export function idIn(instance: EurekaTree): string {
  const own = textIn(instance, 'instanceId')
  if (own !== '') return own
  const onAmazon = textIn(treeIn(treeIn(instance, 'dataCenterInfo'), 'metadata'), 'instance-id')
  return onAmazon === '' ? textIn(instance, 'hostName') : onAmazon
}
