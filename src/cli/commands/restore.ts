import { resolve } from 'node:path'
import type { Client } from '../../client/client.ts'
import { unsupported } from '../../client/source.ts'
import { type BackupRecord, type Tear, readBackup } from '../../client/purge/backup.ts'
import { type Restored, onOwnLease, placeOf, putBack } from '../../client/purge/restore.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { consentOptions } from '../args/options.ts'
import { confirm } from '../change/confirmation.ts'
import { writeOutcomes } from '../change/outcomes.ts'
import { type WriteItem, prepareWrite, writeResults } from '../change/results.ts'
import { type Context, command } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'

/** How many keys are listed before the question. */
const NAMED = 20

export const restore = command({
  name: 'restore',
  usage: 'FILE',
  summary: 'put removed records back, byte for byte, where nothing has taken their place',
  examples: [
    { line: 'rollcall restore backup.ndjson', does: 'asks first' },
    { line: 'rollcall restore backup.ndjson --dry-run', does: 'what the file holds, and what is occupied' },
    { line: 'rollcall restore backup.ndjson --yes -o json', does: 'for a script' },
  ],
  notes: [
    'A record goes back on its own lease when that still exists, so that its process keeps renewing it. Otherwise it gets a new lease with the old TTL, which nothing renews: its process has to register again.',
    'Status 5 when some keys are occupied, 7 when all are. A key that already holds the same bytes is not an error. From a torn file the complete lines are restored, and the status is 5.',
  ],
  options: consentOptions,
  async run(context, words, flags) {
    const [file, ...rest] = words
    if (file === undefined || rest.length > 0) {
      throw new RollcallError('usage', 'restore takes one file', {
        hint: 'the backup file that purge or deregister named',
      })
    }
    await prepareWrite(context, flags.dryRun)
    const { records, tears } = await contentOf(context, file)
    const { target, capabilities } = await context.client()
    if (!capabilities.restore) throw unsupported(target.driver, 'restore')
    for (const { line, why } of tears)
      await context.say(`${file} is torn: line ${line} is incomplete (${why}) and is skipped`)
    if (!flags.dryRun) {
      const question = `Put ${amount(records.length, 'record')} back?`
      await confirm(context, question, { yes: flags.yes, plan: keysOf(records) })
    }
    const status = await (flags.dryRun ? foresee(context, records) : carryOut(context, records))
    return tears.length > 0 && status === 0 ? statusOf('partial') : status
  },
})

interface Content {
  readonly records: readonly BackupRecord[]
  readonly tears: readonly Tear[]
}

/** The records of a backup file; of a key that occurs twice, the last. @throws RollcallError `usage` for a file without records */
async function contentOf(context: Context, file: string): Promise<Content> {
  const records = new Map<string, BackupRecord>()
  const tears: Tear[] = []
  const path = resolve(context.io.cwd, file)
  for await (const record of readBackup(path, (tear) => tears.push(tear))) records.set(record.id, record)
  if (records.size > 0) return { records: [...records.values()], tears }
  throw new RollcallError('usage', `${file} contains no records`, {
    hint: 'name a file that purge or deregister wrote',
  })
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

/** Restores records, prints the results and returns the exit status. When it is ended early, the results so far are printed. @throws the error that ended it */
async function carryOut(context: Context, records: readonly BackupRecord[]): Promise<number> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const client = await context.client()
  const progress = startProgress(context, 'restored')
  const outcomes = new Map<string, Restored>()
  const itemsOf = (): WriteItem[] =>
    [...outcomes.values()].flatMap((restored) => {
      const record = byId.get(restored.id)
      return record ? itemOf(record, restored, idOf(context, client, record)) : []
    })
  try {
    for await (const restored of putBack(client, records, { signal: context.signal })) {
      outcomes.set(restored.id, restored)
      progress.count(outcomes.size, records.length)
    }
  } catch (error) {
    await progress.stop()
    if (outcomes.size > 0) await writeResults(context, itemsOf())
    const left = amount(records.length - outcomes.size, 'record')
    await context.say(`interrupted: ${left} in doubt or not attempted; restore the file again`)
    throw error
  }
  await progress.stop()
  const leased = records.filter(({ id, ttlGranted }) => outcomes.get(id)?.result === 'done' && ttlGranted !== null)
  const own = await onOwnLease(client, leased, { signal: context.signal })
  const items = itemsOf().map((item) => withLease(item, own, byId))
  const status = await writeOutcomes(context, items, outcomes)
  await sayLeases(context, own.size, leased.length - own.size)
  return status
}

function withLease(item: WriteItem, own: ReadonlySet<string>, byId: ReadonlyMap<string, BackupRecord>): WriteItem {
  const [key = ''] = item.keys
  const lease = own.has(key) ? byId.get(key)?.lease : undefined
  return lease === undefined ? item : { ...item, lease }
}

/** Reports how many records are back on their own leases, and how many on new ones. */
async function sayLeases(context: Context, own: number, others: number): Promise<void> {
  if (own > 0) await context.say(`${amount(own, 'record')} with the original lease, which still exists`)
  if (others === 0) return
  const fact = `${amount(others, 'record')} on new leases that nothing renews`
  await context.say(`${fact}: gone after their TTL unless their process registers again`)
}

type Fate = Pick<Restored, 'error'> & { readonly result: WriteItem['result'] }

const MEANING: Partial<Record<WriteItem['result'], string>> = {
  changed: 'occupied by another record, which stays',
  unchanged: 'already there',
}

/** The id of the instance in a record; empty when it cannot be read. */
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
