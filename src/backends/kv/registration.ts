import { layouts } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Registration } from '../contract/backend.ts'
import type { KvContext } from './context.ts'
import { LeaseHeartbeat, ValueHeartbeat, type Heartbeat } from './heartbeat.ts'
import type { WantedRegistration } from './existing.ts'
import { keyOf, valueOf } from './record.ts'
import { replacing } from './changes.ts'
import { revokeQuietly } from './leases.ts'
import type { Operation, OperationOutcome, StoreLease } from './store.ts'

export class KvRegistration implements Registration {
  readonly action: Registration['action']
  readonly beat: Registration['beat']
  readonly remaining: Registration['remaining']
  readonly #kv: KvContext
  readonly #heartbeat: Heartbeat
  #records: readonly RawRecord[]
  #ended = false

  constructor(kv: KvContext, action: Registration['action'], records: readonly RawRecord[], heartbeat: Heartbeat = {}) {
    this.#kv = kv
    this.#heartbeat = heartbeat
    this.#records = records
    this.action = action
    const beat = heartbeat.beat?.bind(heartbeat)
    this.beat = beat && ((signal) => beat(this.#records, signal).then(this.#beaten))
    this.remaining = heartbeat.remaining && ((signal) => heartbeat.remaining?.(signal) ?? Promise.resolve(undefined))
  }

  get records(): readonly RawRecord[] {
    return this.#records
  }

  get lease(): string | undefined {
    return this.#records[0]?.lease
  }

  get expiresAt(): number | undefined {
    return this.#heartbeat.expiresAt
  }

  get beatEvery(): number | undefined {
    return this.#heartbeat.every
  }

  get beatEarly(): number | undefined {
    return this.#heartbeat.early
  }

  /** Undefined where it is not kept by a lease. */
  get leaseHeartbeat(): LeaseHeartbeat | undefined {
    return this.#heartbeat instanceof LeaseHeartbeat ? this.#heartbeat : undefined
  }

  async release(): Promise<void> {
    this.#ended = true
    await this.#heartbeat.release?.()
  }

  /** Removes the records that are still as this registration left them; those that others have replaced stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    const outcomes = await this.#remove(this.#records)
    if (outcomes.some((outcome) => outcome.result === 'changed')) await this.#removeCurrent()
    await this.#heartbeat.end?.()
    this.#ended = true
  }

  /** Also removes our records into which another process has written a status or a renewal: they are still ours. */
  async #removeCurrent(): Promise<void> {
    const current = await this.#heartbeat.current?.(this.#records)
    if (current) await this.#remove(current)
  }

  /** @throws the error of the first record that could not be removed */
  async #remove(records: readonly RawRecord[]): Promise<readonly OperationOutcome[]> {
    const outcomes = await this.#kv.store.write(records.map(removal))
    for (const { error } of outcomes) if (error) throw error
    return outcomes
  }

  /** What a heartbeat has come to. */
  readonly #beaten = (records: readonly RawRecord[] | undefined): 'ok' | 'lost' => {
    if (!records) return 'lost'
    this.#records = records
    return 'ok'
  }
}

function removal(record: RawRecord): Operation {
  return { delete: keyOf(record), expect: record.revision }
}

/**
 * Writes all records in place of those seen, on a new lease if the layout has leases. Undefined when those have changed
 * since.
 */
export async function writeAll(
  kv: KvContext,
  wanted: WantedRegistration,
  seen: readonly RawRecord[],
  action: Registration['action'],
  signal?: AbortSignal,
): Promise<Registration | undefined> {
  const granted = kv.now()
  const lease = wanted.ttl === null ? undefined : await kv.store.grant(wanted.ttl, { signal })
  const named = (lease && wanted.recordsOn?.(lease.lease)) ?? wanted.records
  const revisions = await writeOn(kv, operations(named, seen, lease), lease, signal)
  if (!revisions) return undefined
  const records = named.map((record, at) => written(record, revisions[at], lease))
  return registrationOf(kv, wanted, records, { action, ...(lease && { granted: { lease, at: granted } }) })
}

interface HowWritten {
  readonly action: Registration['action']
  /** The lease that the records are attached to, and when it was granted, in milliseconds since 1970. */
  readonly granted?: { readonly lease: StoreLease; readonly at: number }
}

/** The registration of records that were just written. */
export function registrationOf(
  kv: KvContext,
  wanted: WantedRegistration,
  records: readonly RawRecord[],
  { action, granted }: HowWritten,
): Registration {
  if (granted)
    return new KvRegistration(
      kv,
      action,
      records,
      new LeaseHeartbeat(kv, granted.lease, granted.at, wanted.renewInterval),
    )
  if (layouts[wanted.layout].leased) return new KvRegistration(kv, action, records)
  return new KvRegistration(kv, action, records, new ValueHeartbeat(kv, wanted))
}

/** A record that was encoded, as it is once it was written. */
export function written(record: RawRecord, revision: string | undefined, lease?: StoreLease): RawRecord {
  const { id, service, body } = record
  return { id, service, body, revision, lease: lease?.lease }
}

function operations(wanted: readonly RawRecord[], seen: readonly RawRecord[], lease?: StoreLease): Operation[] {
  const before = new Map(seen.map((record) => [record.id, record]))
  const puts = wanted.map((record) => {
    const expect = before.get(record.id)?.revision ?? null
    before.delete(record.id)
    return { put: keyOf(record), value: valueOf(record), lease: lease?.lease, expect }
  })
  const parts = [...before.values()].map((record) => ({ delete: keyOf(record), expect: record.revision }))
  return [...puts, ...parts]
}

/**
 * Writes all or nothing and resolves with the new revisions; undefined when a record has changed. A lease left without
 * records is revoked.
 */
async function writeOn(
  kv: KvContext,
  changes: readonly Operation[],
  lease?: StoreLease,
  signal?: AbortSignal,
): Promise<(string | undefined)[] | undefined> {
  try {
    const outcomes = await kv.store.write(changes, { atomic: true, signal })
    if (outcomes.every((outcome) => outcome.result === 'done')) return outcomes.map((outcome) => outcome.revision)
  } catch (error) {
    if (lease && !isSilence(error)) await revokeQuietly(kv.store, lease.lease)
    throw error
  }
  if (lease) await revokeQuietly(kv.store, lease.lease)
  return undefined
}

/** Whether the registry stopped answering: then a revocation would only wait in vain. */
function isSilence(error: unknown): boolean {
  return error instanceof RollcallError && (error.code === 'unreachable' || error.code === 'timeout')
}

/**
 * Sends one heartbeat for the existing records and writes the same bytes again, so that an older plan of a purge sees that they
 * have changed. Undefined when a record was removed or changed meanwhile.
 */
export async function renewExisting(
  kv: KvContext,
  wanted: WantedRegistration,
  existing: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<Registration | undefined> {
  if (!layouts[wanted.layout].leased) return renewValues(kv, wanted, existing, signal)
  const leases = kv.store.sessions ? [] : [...new Set(existing.flatMap((record) => record.lease ?? []))]
  const now = kv.now()
  const kept = await Promise.all(leases.map((lease) => kv.store.keepAlive(lease, { signal })))
  if (kept.includes(undefined)) return undefined
  const again = existing.map((record) => replacing(record, valueOf(record)))
  const outcomes = await kv.store.write(again, { atomic: true, signal }).catch(changedWithItsLease)
  if (outcomes.some(({ result }) => result !== 'done')) return undefined
  const records = existing.map((record, at) => ({ ...record, revision: outcomes[at]?.revision }))
  const ttls = kept.flatMap((lease) => lease?.ttl ?? [])
  const expiresAt = ttls.length > 0 ? now + Math.min(...ttls) * 1000 : undefined
  return new KvRegistration(kv, leases.length > 0 ? 'renewed' : 'unchanged', records, { expiresAt })
}

/** The lease has expired since it was renewed, and its records with it. */
function changedWithItsLease(error: unknown): readonly OperationOutcome[] {
  if (error instanceof RollcallError && error.code === 'not-found') return [{ result: 'changed' }]
  throw error
}

async function renewValues(
  kv: KvContext,
  wanted: WantedRegistration,
  existing: readonly RawRecord[],
  signal?: AbortSignal,
) {
  const heartbeat = new ValueHeartbeat(kv, wanted)
  const records = await heartbeat.write(existing, signal)
  return records && new KvRegistration(kv, 'renewed', records, heartbeat)
}
