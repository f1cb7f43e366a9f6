import { resolve } from 'node:path'
import { readBackup } from '../../client/purge/backup.ts'
import { planRestore } from '../../client/undo/plan.ts'
import { RollcallError } from '../../model/errors.ts'
import { consentOptions } from '../args/options.ts'
import { prepareWrite, writeResults } from '../change/results.ts'
import { placeOf } from '../change/place.ts'
import { takeBack } from '../change/take-back.ts'
import { command } from '../command.ts'

export const restore = command({
  name: 'restore',
  usage: 'FILE',
  examples: [
    { line: 'rollcall restore backup.ndjson', does: 'asks first' },
    { line: 'rollcall restore backup.ndjson --dry-run', does: 'what the file holds, and what is occupied' },
    { line: 'rollcall restore backup.ndjson --yes -o json', does: 'for a script' },
  ],
  notes: [
    'A record goes back on its own lease when that still exists, so that its process keeps renewing it. Otherwise it gets a new lease with the old TTL, which nothing renews: its process has to register again.',
    'Only what the run has removed is put back, not what it left or found gone. `rollcall undo` finds the newest backup itself, and puts back nothing twice; restore does.',
    'Status 5 when some keys are occupied, 7 when all are. A key that already holds the same bytes is not an error. From a torn file the complete lines are restored, and the status is 5.',
  ],
  options: consentOptions,
  async run(context, words, flags) {
    const [file, ...rest] = words
    if (file === undefined || rest.length > 0) {
      throw new RollcallError('usage', 'restore takes one file', {
        hint: 'the backup file that a removal named',
      })
    }
    await prepareWrite(context, flags.dryRun)
    const backup = await readBackup(resolve(context.io.cwd, file))
    if (backup.records.length === 0) {
      throw new RollcallError('usage', `${file} contains no records`, {
        hint: 'name a file that purge, deregister, drain or --prune wrote',
      })
    }
    const plan = await planRestore(await context.client(), backup, { ...(await placeOf(context)), again: true })
    if (plan.records.length === 0) {
      await context.say(`the run of ${file} changed none of its records: nothing to restore`)
      return await writeResults(context, [])
    }
    return await takeBack(context, plan, { ...flags, file })
  },
})
