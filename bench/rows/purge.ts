import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, type Row, client, medians, rollcall } from '../bench.ts'
import { fill } from '../fill.ts'
import { type CommandLine, timed } from '../process.ts'
import type { Line } from '../table.ts'

const COUNT = 10_000
const PREFIX = '/doomed'

/**
 * Removing 10,000 of 10,000 records: such as nobody keeps alive any more, and such as have a lease each. rollcall writes
 * a backup first, with the TTL of every lease, for which each is asked for.
 */
export const purge: Row = async (bench) => [
  await removal(bench, 'without a lease', 'none'),
  await removal(bench, 'a lease each', 1),
]

async function removal(bench: Bench, kind: string, sharing: number | 'none'): Promise<Line> {
  const backup = join(bench.folder, 'backup.ndjson')
  const refilled = (line: CommandLine) => async () => {
    rmSync(backup, { force: true })
    await fill(bench.client, PREFIX, COUNT, sharing)
    return timed(bench.folder, line)
  }
  const flags = ['--status', 'up', '--force', '--yes', '--quiet', '--prefix', PREFIX, '--backup', backup]
  const [ours = 0, theirs = 0] = await medians(bench, [
    refilled(rollcall(bench, 'purge', ...flags)),
    refilled(client(bench, 'raw-purge', bench.etcd.endpoint, PREFIX)),
  ])
  const work = `purge of 10,000 out of 10,000, ${kind}`
  return { work, ours, unit: 'ms', beside: 'raw client, no backup', theirs, most: 1.3 }
}
