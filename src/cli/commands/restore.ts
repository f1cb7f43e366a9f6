import { resolve } from 'node:path'
import type { Client } from '../../client/client.ts'
import { type BackupRecord, readBackup } from '../../client/purge/backup.ts'
import { type Restored, placeOf, putBack } from '../../client/purge/restore.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { writeOutcomes } from '../outcomes.ts'
import { amount } from '../output/index.ts'
import { startProgress } from '../progress.ts'
import { confirm } from '../prompt.ts'
import { consentOptions } from '../shared-options.ts'
import { type WriteItem, prepareWrite, writeResults } from '../write-results.ts'

/** So many keys are named before the question. */
const NAMED = 20

export const restore = command({
  name: 'restore',
  usage: 'FILE',
  summary: 'put purged records back, byte for byte, where nothing has taken their place',
  examples: [
    { line: 'rollcall restore backup.ndjson', does: 'asks first' },
    { line: 'rollcall restore backup.ndjson --dry-run', does: 'what the file holds, and what is occupied' },
    { line: 'rollcall restore backup.ndjson --yes -o json', does: 'for a script' },
  ],
  notes: [
    'A record that hung on a lease gets a new one of the old TTL. Nobody renews it: its process has to register again.',
    'Status 5 when some places are occupied, 7 when all are. What lies there already, byte for byte, is no error.',
  ],
  options: consentOptions,
  async run(context, words, flags) {
    const [file, ...rest] = words
    if (file === undefined || rest.length > 0) {
      throw new RollcallError('usage', 'restore takes one file', { hint: 'the one that purge named as its backup' })
    }
    await prepareWrite(context, flags.dryRun)
    const records = await recordsOf(context, file)
    if (flags.dryRun) return await foresee(context, records)
    const question = `Put ${amount(records.length, 'record')} back?`
    await confirm(context, question, { yes: flags.yes, plan: keysOf(records) })
    return await carryOut(context, records)
  },
})

/** A key that stands there twice is one record: the last. */
async function recordsOf(context: Context, file: string): Promise<BackupRecord[]> {
  const records = new Map<string, BackupRecord>()
  for await (const record of readBackup(resolve(context.io.cwd, file))) records.set(record.id, record)
  if (records.size > 0) return [...records.values()]
  throw new RollcallError('usage', `${file} holds no record`, { hint: 'name a file that purge wrote' })
}

function keysOf(records: readonly BackupRecord[]): string[] {
  const more = records.length - NAMED
  return [...records.slice(0, NAMED).map(({ id }) => id), ...(more > 0 ? [`… and ${more} more`] : [])]
}

async function foresee(context: Context, records: readonly BackupRecord[]): Promise<number> {
  const client = await context.client()
  const items: WriteItem[] = []
  for (const record of records) {
    items.push(itemOf(record, await foreseen(client, record, context.signal), idOf(context, client, record)))
  }
  return await writeResults(context, items)
}

async function foreseen(client: Client, record: BackupRecord, signal: AbortSignal): Promise<Fate> {
  const place = await placeOf(client, record, { signal })
  if (place === 'same') return { result: 'unchanged' }
  return { result: place === 'other' ? 'changed' : 'planned' }
}

/** Whatever ends it, what was put back is said. @throws what ended it, and the one error that all of it failed by */
async function carryOut(context: Context, records: readonly BackupRecord[]): Promise<number> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const client = await context.client()
  const progress = startProgress(context, 'restored')
  const outcomes = new Map<string, Restored>()
  const items: WriteItem[] = []
  try {
    for await (const restored of putBack(client, records, { signal: context.signal })) {
      const record = byId.get(restored.id)
      if (record) items.push(itemOf(record, restored, idOf(context, client, record)))
      outcomes.set(restored.id, restored)
      progress.count(items.length, records.length)
    }
  } catch (error) {
    await progress.stop()
    if (items.length > 0) await writeResults(context, items)
    await context.say(`stopped: ${amount(records.length - items.length, 'record')} in doubt; restore the file again`)
    throw error
  }
  await progress.stop()
  const status = await writeOutcomes(context, items, outcomes)
  const leased = items.filter(({ result, keys: [key = ''] }) => result === 'done' && byId.get(key)?.ttlGranted)
  await sayLeases(context, leased.length)
  return status
}

async function sayLeases(context: Context, leased: number): Promise<void> {
  if (leased === 0) return
  const fact = `${amount(leased, 'record')} on new leases that nobody renews`
  await context.say(`${fact}: gone after their TTL unless their process registers again`)
}

type Fate = Pick<Restored, 'error'> & { readonly result: WriteItem['result'] }

const MEANING: Partial<Record<WriteItem['result'], string>> = {
  changed: 'occupied: another record lies there, and stays',
  unchanged: 'it lies there already',
}

/** The instance's id, as far as it can be read. */
function idOf(context: Context, { backend }: Client, record: BackupRecord): string {
  const reading = backend.read(record, context.now())
  if (reading.is === 'instance') return reading.instance.id
  return (reading.is === 'malformed' && reading.problem.id) || ''
}

function itemOf({ id: key, service }: BackupRecord, { result, error }: Fate, id: string): WriteItem {
  const message = MEANING[result] ?? (error && messageOf(error))
  const item = { action: 'restore', service, id, keys: [key], result } as const
  return message === undefined ? item : { ...item, message }
}
