import { layouts } from '../../layouts/index.ts'
import { RollcallError } from '../../model/errors.ts'
import type { LeaseState, Outcome, RawRecord } from '../../model/record.ts'
import type { Kv } from './kv.ts'
import { outcomeOfError } from '../contract/outcome.ts'
import { read } from './read.ts'
import { keyOf, leaseStateOf, valueOf } from './record.ts'
import { distinct, unsupported, writeEach, type Change, type Put } from './write-each.ts'

/** Heartbeats sent at the same time. */
const ABREAST = 50

/** One heartbeat a record: in its value where liveness lies there, else to its lease, once for all that share it. */
export async function renew(kv: Kv, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const byValue: Change[] = []
  const byLease: RawRecord[] = []
  for (const record of distinct(records)) {
    const change = renewalOf(kv, record)
    if (change) byValue.push(change)
    else if (record.lease !== undefined && kv.store.sessions) outcomes.push(anothersSession(record.id, record.lease))
    else if (record.lease !== undefined) byLease.push(record)
    else outcomes.push(unsupported(record.id, `${record.id} has no lease: there is nothing to renew`))
  }
  for await (const outcome of writeEach(kv.store, byValue, signal)) outcomes.push(outcome)
  outcomes.push(...(await renewLeasesOf(kv, byLease, signal)))
  return outcomes
}

function anothersSession(id: string, lease: string): Outcome {
  return unsupported(id, `${id} lives by the session 0x${lease}, which only its own process can keep`)
}

/** The record's next value, where a heartbeat is written into it. */
export function renewalOf(kv: Kv, record: RawRecord, readAs = kv.layout): Change<Put> | undefined {
  const now = kv.now()
  const reading = read(kv, record, now, readAs)
  if (reading.is !== 'instance') return undefined
  const { layout } = reading.observed
  if (layout === undefined || layout === 'service') return undefined
  const value = layouts[layout].renew?.(valueOf(record), now)
  return value && { id: record.id, operation: replacing(record, value) }
}

/** Puts another value where the record is, on the lease it has. */
export function replacing(record: RawRecord, value: Uint8Array): Put {
  return { put: keyOf(record), value, lease: record.lease, expect: record.revision ?? null }
}

async function renewLeasesOf(kv: Kv, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const leases = [...new Set(records.flatMap((record) => record.lease ?? []))]
  const results = new Map<string, Omit<Outcome, 'id'>>()
  for (let at = 0; at < leases.length; at += ABREAST) {
    const abreast = leases.slice(at, at + ABREAST)
    await Promise.all(abreast.map(async (lease) => results.set(lease, await beat(kv, lease, signal))))
  }
  return records.map(({ id, lease = '' }) => ({ id, ...(results.get(lease) ?? { result: 'absent' }) }))
}

async function beat(kv: Kv, lease: string, signal?: AbortSignal): Promise<Omit<Outcome, 'id'>> {
  try {
    return { result: (await kv.store.keepAlive(lease, { signal })) ? 'done' : 'absent' }
  } catch (error) {
    if (!(error instanceof RollcallError) || signal?.aborted) throw error
    return { result: outcomeOfError(lease, error).result, error }
  }
}

/** One heartbeat for a lease by its id. Throws `usage` for what is no id, `not-found` for a lease that is gone. */
export async function renewLease(kv: Kv, lease: string, signal?: AbortSignal): Promise<LeaseState> {
  if (!/^[0-9a-f]{1,16}$/i.test(lease))
    throw new RollcallError('usage', `"${lease}" is no lease: a lease is up to 16 hexadecimal digits`, {
      hint: 'rollcall get shows the lease of an instance',
    })
  const id = lease.toLowerCase()
  const kept = await kv.store.keepAlive(id, { signal })
  const state = kept && (await kv.store.lookUp([kept.lease], { keys: true, signal })).get(kept.lease)
  if (!state)
    throw new RollcallError('not-found', `there is no lease ${id}: it has expired or was revoked`, {
      hint: 'register the instance again',
    })
  return leaseStateOf(kept.lease, state)
}
