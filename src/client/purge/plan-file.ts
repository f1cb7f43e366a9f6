import { createHash } from 'node:crypto'
import type { PlannedRemoval } from './removal.ts'

/** Flags of purge that say what is chosen, as typed. Those that lift a guard are not among them: whoever applies a plan gives them. */
export interface PlanFlags {
  readonly malformed: boolean
  readonly rule: readonly string[]
  readonly noLease: boolean
  readonly status: readonly string[]
  readonly unreachable: boolean
  readonly emptyNodes: boolean
  readonly selector: readonly string[]
  readonly version: readonly string[]
  readonly scheme: readonly string[]
  readonly env: readonly string[]
  readonly host: readonly string[]
  readonly tag: readonly string[]
  readonly noProxies: boolean
  readonly olderThan: string | undefined
}

/** One record of a plan that is carried out later. */
export interface PlannedRecord {
  readonly key: string
  readonly service: string
  readonly id?: string
  readonly reason: string
  readonly revision?: string
  /** Of its value: `sha256:` and hexadecimal digits. */
  readonly hash: string
}

/** A purge that is carried out later, as a file. */
export interface RemovalPlan {
  /** RFC 3339. */
  readonly at: string
  /** As `Target.display` has it: without secrets. */
  readonly registry: string
  /** Only where one was named. */
  readonly prefix?: string
  readonly layout?: string
  readonly context?: string
  readonly services: readonly string[]
  readonly flags: PlanFlags
  readonly records: readonly PlannedRecord[]
}

export function plannedRecord({ record, key, service, id, reason, revision }: PlannedRemoval): PlannedRecord {
  const known = { ...(id !== undefined && { id }), reason, ...(revision !== undefined && { revision }) }
  return { key, service, ...known, hash: hashOf(record.body) }
}

/** Of a value as it is stored: `sha256:` and hexadecimal digits. */
export function hashOf(body: Uint8Array | object): string {
  const bytes = body instanceof Uint8Array ? body : JSON.stringify(body, sorted)
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** How a plan and the registry differ, by key. */
export interface PlanDifference {
  readonly key: string
  readonly is: 'changed' | 'no longer chosen' | 'new'
}

/** What differs between a plan and the plan that the registry would get now. */
export function differences(then: readonly PlannedRecord[], now: readonly PlannedRemoval[]): PlanDifference[] {
  const current = new Map(now.map((removal) => [removal.key, removal]))
  const planned = new Set(then.map(({ key }) => key))
  const found: PlanDifference[] = []
  for (const record of then) {
    const removal = current.get(record.key)
    if (!removal) found.push({ key: record.key, is: 'no longer chosen' })
    else if (!isSame(record, removal)) found.push({ key: record.key, is: 'changed' })
  }
  for (const key of current.keys()) if (!planned.has(key)) found.push({ key, is: 'new' })
  return found
}

/** Where a registry has records of its own, what it reports beside them changes by itself, and the revision alone says whether they did. */
function isSame(then: PlannedRecord, now: PlannedRemoval): boolean {
  if (then.revision !== now.revision || then.service !== now.service) return false
  const needsHash = now.revision === undefined || now.record.body instanceof Uint8Array
  return !needsHash || then.hash === hashOf(now.record.body)
}
