import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Client } from '../client.ts'

/** Records looked at at the same time. */
const ABREAST = 16

/** How a second look tells what became of a record. */
export interface SecondLookOptions {
  /** What the change was to make of a record: gone, or another than it was. */
  readonly wanted: 'removed' | 'changed'
  readonly signal?: AbortSignal
}

/**
 * Looks again at what `remove`, `setStatus` or `renew` of a client left in doubt, and answers all outcomes in their order with what is known
 * now. While the registry is silent, what is in doubt stays so. `purge`, `drain` and `changeStatus` look by themselves. A heartbeat that is not
 * written into its record changes nothing that could be seen.
 * @throws the signal's reason
 */
export async function secondLook<T extends Outcome>(
  client: Client,
  records: readonly RawRecord[],
  outcomes: readonly T[],
  { wanted, signal }: SecondLookOptions,
): Promise<(T | Outcome)[]> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const doubtful = outcomes.flatMap(({ id, result }) => (result === 'in-doubt' ? (byId.get(id) ?? []) : []))
  if (doubtful.length === 0) return [...outcomes]
  const current = await lookAt(client, doubtful, signal)
  return outcomes.map((outcome) => {
    const seen = byId.get(outcome.id)
    const isKnown = outcome.result === 'in-doubt' && seen && current.has(outcome.id)
    return isKnown ? verdictOn(outcome, { seen, now: current.get(outcome.id), wanted }) : outcome
  })
}

/** The records as they are now, undefined for what is gone, as far as the registry answers. */
async function lookAt(
  client: Client,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, RawRecord | undefined>> {
  const current = new Map<string, RawRecord | undefined>()
  try {
    for await (const { id, now } of currentOf(client, records, signal)) current.set(id, now)
  } catch (error) {
    if (!(error instanceof RollcallError) || signal?.aborted) throw error
  }
  return current
}

interface Current {
  readonly id: string
  /** Undefined for a record that is gone. */
  readonly now: RawRecord | undefined
}

/** Reads records again. @throws the registry's errors, and the signal's reason */
export async function* currentOf(
  client: Client,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Current, void, undefined> {
  if (!client.capabilities.rawKeys) {
    const services = [...new Set(records.map(({ service }) => service))]
    const ids = new Set(records.map(({ id }) => id))
    const found = new Map<string, RawRecord>()
    for await (const page of client.backend.scan({ services }, { signal }))
      for (const record of page.records) if (ids.has(record.id)) found.set(record.id, record)
    for (const { id } of records) yield { id, now: found.get(id) }
    return
  }
  for (let at = 0; at < records.length; at += ABREAST) {
    const abreast = records.slice(at, at + ABREAST)
    yield* await Promise.all(abreast.map(async ({ id }) => ({ id, now: await recordAt(client, id, signal) })))
  }
}

async function recordAt({ backend }: Client, id: string, signal?: AbortSignal): Promise<RawRecord | undefined> {
  for await (const { records } of backend.scan({ rawKey: id }, { structure: true, signal }))
    for (const record of records) return record
  return undefined
}

function verdictOn(
  { id, error }: Outcome,
  { seen, now, wanted }: { seen: RawRecord; now: RawRecord | undefined; wanted: SecondLookOptions['wanted'] },
): Outcome {
  if (!now) return { id, result: wanted === 'removed' ? 'done' : 'absent' }
  if (now.revision !== seen.revision) return { id, result: wanted === 'removed' ? 'changed' : 'done' }
  return { id, result: 'failed', error: new RollcallError('unreachable', `${id} is as it was`, { cause: error }) }
}
