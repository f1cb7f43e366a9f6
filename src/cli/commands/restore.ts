import { resolve } from 'node:path'
import { type BackupRecord, readBackup } from '../../client/purge/backup.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { amount } from '../output/index.ts'
import { startProgress } from '../progress.ts'
import { confirm, requireWritable } from '../prompt.ts'
import { consentOptions } from '../shared-options.ts'
import { type WriteItem, type WriteOutcome, writeResults } from '../write-results.ts'

export const restore = command({
  name: 'restore',
  usage: 'FILE',
  summary: 'put purged records back, byte for byte, where nothing has taken their place',
  examples: [
    { line: 'rollcall restore backup.ndjson', does: 'asks first' },
    { line: 'rollcall restore backup.ndjson --dry-run', does: 'what the file holds' },
    { line: 'rollcall restore backup.ndjson --yes -o json', does: 'for a script' },
  ],
  notes: [
    'A record that hung on a lease gets a new one of the old TTL. Nobody renews it: its process has to register again.',
  ],
  options: consentOptions,
  async run(context, words, flags) {
    const [file, ...rest] = words
    if (file === undefined || rest.length > 0) {
      throw new RollcallError('usage', 'restore takes one file', { hint: 'the one that purge named as its backup' })
    }
    if (!flags.dryRun) await requireWritable(context)
    const records: BackupRecord[] = []
    for await (const record of readBackup(resolve(context.io.cwd, file))) records.push(record)
    if (records.length === 0)
      throw new RollcallError('usage', `${file} holds no record`, { hint: 'name a file that purge wrote' })
    if (flags.dryRun)
      return await writeResults(
        context,
        records.map((record) => itemOf(record, 'planned')),
      )
    await confirm(context, `Put ${amount(records.length, 'record')} back?`, { yes: flags.yes })
    return await putBack(context, records)
  },
})

async function putBack(context: Context, records: readonly BackupRecord[]): Promise<number> {
  const byId = new Map(records.map((record) => [record.id, record]))
  const client = await context.client()
  const progress = startProgress(context, 'restored')
  const items: WriteItem[] = []
  for await (const { id, result, error } of client.restore(records, { signal: context.signal })) {
    const record = byId.get(id)
    if (!record) continue
    const message = result === 'changed' ? 'occupied: another record lies there, and stays' : error && messageOf(error)
    items.push({ ...itemOf(record, result), ...(message ? { message } : {}) })
    progress.count(items.length, records.length)
  }
  await progress.stop()
  const status = await writeResults(context, items)
  const leased = items.filter((item) => item.result === 'done' && byId.get(item.keys[0] ?? '')?.ttlGranted != null)
  if (leased.length > 0)
    await context.say(
      `${amount(leased.length, 'record')} on new leases that nobody renews: gone after their TTL unless their process registers again`,
    )
  return status
}

function itemOf(record: BackupRecord, result: WriteOutcome): WriteItem {
  return { action: 'restore', service: record.service, id: '', keys: [record.id], result }
}
