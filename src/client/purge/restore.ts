import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import type { Client } from '../client.ts'
import type { BackupRecord } from './backup-line.ts'

/** What became of one record of a backup that was put back. */
export type PutBack = Omit<Outcome, 'result'> & { readonly result: Outcome['result'] | 'unchanged' }

/** The outcome for one record of a backup. `unchanged`: it is there already, as it was; `planned`: it would be put back, if this were no dry run. */
export type Restored = Omit<PutBack, 'result'> & { readonly result: PutBack['result'] | 'planned' }

interface Stop {
  readonly signal?: AbortSignal
}

/** Puts records back where nothing has taken their place; an outcome a record, in any order. What is occupied is `changed`. */
export async function* putBack(
  client: Client,
  records: readonly BackupRecord[],
  stop: Stop,
): AsyncGenerator<PutBack, void, undefined> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const doubtful: Outcome[] = []
  for await (const outcome of client.restore(records, stop)) {
    const record = byId.get(outcome.id)
    const same = outcome.result === 'changed' && record && (await placeOf(client, record, stop)) === 'same'
    if (outcome.result === 'in-doubt') doubtful.push(outcome)
    else yield same ? { id: outcome.id, result: 'unchanged' } : outcome
  }
  let silent = false
  for (const outcome of doubtful) {
    const record = byId.get(outcome.id)
    const place: Place = silent || !record ? 'unknown' : await placeOf(client, record, stop).catch(unknownWhenAway)
    silent = place === 'unknown'
    yield knownOf(outcome, place)
  }
}

/** Those of the records that hang on the lease that they had, by their ids. */
export async function onOwnLease(
  client: Client,
  records: readonly BackupRecord[],
  stop: Stop,
): Promise<ReadonlySet<string>> {
  const leases = [...new Set(records.flatMap(({ lease }) => lease ?? []))]
  const states = leases.length === 0 ? undefined : await client.backend.leases?.(leases, stop)
  const isOn = ({ id, lease = '' }: BackupRecord): boolean => states?.get(lease)?.keys.includes(id) === true
  return new Set(records.filter(isOn).map(({ id }) => id))
}

function unknownWhenAway(error: unknown): 'unknown' {
  if (isAway(error)) return 'unknown'
  throw error
}

/** What was left in doubt, by what lies there now. */
function knownOf(outcome: Outcome, place: Place): PutBack {
  const { id, error } = outcome
  if (place === 'same') return { id, result: 'done' }
  if (place === 'other') return { id, result: 'changed' }
  if (place === 'unknown') return outcome
  return { id, result: 'failed', error: new RollcallError('unreachable', `${id} was not put back`, { cause: error }) }
}

type Place = 'free' | 'same' | 'other' | 'unknown'

/** What lies where a record of a backup is to be put. `unknown` where the registry has no keys to look at, or the user has no permission. */
export async function placeOf(client: Client, { id, body }: BackupRecord, stop: Stop): Promise<Place> {
  if (!client.capabilities.rawKeys) return 'unknown'
  try {
    for await (const page of client.backend.scan({ rawKey: id }, { ...stop, structure: true })) {
      for (const stored of page.records) return isSame(stored.body, body) ? 'same' : 'other'
    }
  } catch (error) {
    if (isForbidden(error)) return 'unknown'
    throw error
  }
  return 'free'
}

function isSame(a: Uint8Array | object, b: Uint8Array | object): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
}
