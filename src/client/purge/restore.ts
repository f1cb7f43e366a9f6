import { isForbidden } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { Client } from '../client.ts'
import type { BackupRecord } from './backup-line.ts'

/** What became of one record of a backup. `unchanged`: it lies there already, byte for byte. */
export type Restored = Omit<Outcome, 'result'> & { readonly result: Outcome['result'] | 'unchanged' }

interface Stop {
  readonly signal?: AbortSignal
}

/** Puts records back where nothing has taken their place; an outcome a record, in any order. What is occupied is `changed`. */
export async function* putBack(
  client: Client,
  records: readonly BackupRecord[],
  stop: Stop,
): AsyncGenerator<Restored, void, undefined> {
  const byId = new Map(records.map((record) => [record.id, record]))
  for await (const outcome of client.restore(records, stop)) {
    const record = byId.get(outcome.id)
    const same = outcome.result === 'changed' && record && (await placeOf(client, record, stop)) === 'same'
    yield same ? { id: outcome.id, result: 'unchanged' } : outcome
  }
}

/** What lies where a record of a backup is to be put. `unknown` where the registry has no keys to look at, or this user may not. */
export async function placeOf(
  client: Client,
  { id, body }: BackupRecord,
  stop: Stop,
): Promise<'free' | 'same' | 'other' | 'unknown'> {
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
