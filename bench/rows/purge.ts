import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Row, client, medians, rollcall } from '../bench.ts'
import { fill } from '../fill.ts'
import { type CommandLine, timed } from '../process.ts'

const COUNT = 10_000
const PREFIX = '/doomed'

/** Removing 10,000 of 10,000 records, each with a lease of its own. rollcall writes a backup first, with each lease's TTL. */
export const purge: Row = async (bench) => {
  const backup = join(bench.folder, 'backup.ndjson')
  const refilled = (line: CommandLine) => async () => {
    rmSync(backup, { force: true })
    await fill(bench.client, PREFIX, COUNT)
    return timed(bench.folder, line)
  }
  const flags = ['--status', 'up', '--force', '--yes', '--quiet', '--prefix', PREFIX, '--backup', backup]
  const [ours = 0, theirs = 0] = await medians(bench, [
    refilled(rollcall(bench, 'purge', ...flags)),
    refilled(client(bench, 'raw-purge', bench.etcd.endpoint, PREFIX)),
  ])
  return [
    { work: 'purge of 10,000 out of 10,000', ours, unit: 'ms', beside: 'raw client, no backup', theirs, most: 1.3 },
  ]
}
