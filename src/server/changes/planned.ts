import { createHash, randomBytes } from 'node:crypto'
import type { Guard } from '../../client/purge/guard.ts'
import type { PlanRefusal } from '../../client/purge/plan.ts'
import type { Restored } from '../../client/purge/restore.ts'
import type { RawRecord } from '../../model/record.ts'
import { valueHash } from '../../model/value-hash.ts'

export const ACTIONS = ['offline', 'online', 'deregister', 'drain', 'purge-malformed', 'undo'] as const
export type ChangeAction = (typeof ACTIONS)[number]

/** What a client asks to be planned, and later to be applied. */
export interface AskedChange {
  readonly action: ChangeAction
  /** Of offline, online and deregister. */
  readonly targets?: readonly { readonly service: string; readonly id: string }[]
  /** Of drain: as endpoints have it. */
  readonly host?: string
  /** Of drain and purge-malformed: all that the token is for where it is left out. */
  readonly services?: readonly string[]
  /** Of undo. */
  readonly run?: string
  /** Lifts the guards that `--force` lifts. */
  readonly force?: boolean
}

/** The same guards that the command line has without flags. */
export const GUARD: Guard = { maxPercent: 50, keepMin: 0 }

/** What is planned for one record. */
export interface ChangeItem {
  readonly key: string
  readonly service: string
  readonly id: string
  readonly action: 'offline' | 'online' | 'deregister' | 'restore'
  /** Of an undo also why nothing would be done. */
  readonly result: Restored['result'] | 'planned'
  readonly reason?: string
  readonly revision?: string | undefined
  readonly live?: boolean
  /** Whether its lease or session exists; absent where the registry has neither. */
  readonly leased?: boolean | undefined
  readonly ttl?: { readonly granted: number; readonly remaining: number } | undefined
  readonly comesBack?: boolean
  readonly guarded?: boolean
  readonly note?: string | undefined
}

/** What became of a change. */
export interface ChangeDone {
  readonly outcomes: readonly (Pick<Restored, 'id' | 'error'> & Pick<ChangeItem, 'result'>)[]
  /** Of the run, as `undo` takes it; absent where it could not be noted, and after an undo. */
  readonly run?: string
  readonly notes: readonly string[]
  /** What ended it early. */
  readonly error?: unknown
}

/** A plan, and how it is carried out. */
export interface PlannedChange {
  readonly asked: AskedChange
  readonly items: readonly ChangeItem[]
  /** The records as they were seen. */
  readonly records: readonly RawRecord[]
  readonly refusals: readonly PlanRefusal[]
  readonly notes: readonly string[]
  readonly carryOut: () => Promise<ChangeDone>
}

/** Of one plan: another each time it is shown, so that it can be applied once. */
export function digestOf(place: string, plan: PlannedChange, nonce = randomBytes(12).toString('base64url')): string {
  const records = new Map(plan.records.map((record) => [record.id, record]))
  const seen = plan.items.map(({ key, service, action, result, live, revision }) => {
    const record = records.get(key)
    const isBytes = record?.body instanceof Uint8Array
    const hash = record && (isBytes || revision === undefined) ? valueHash(record.body) : ''
    return [key, service, action, result, live ?? null, revision ?? '', hash]
  })
  // Others tell of times, which go on.
  const refusals = plan.refusals.flatMap(({ fact, liftedBy }) => (liftedBy === 'force' ? fact : []))
  const text = JSON.stringify([nonce, place, plan.asked, seen, refusals])
  return `${nonce}.${createHash('sha256').update(text).digest('base64url')}`
}

/** Whether a digest is that of a plan which says the same. */
export function isDigestOf(digest: string, place: string, plan: PlannedChange): boolean {
  const [nonce = ''] = digest.split('.')
  return digestOf(place, plan, nonce) === digest
}
