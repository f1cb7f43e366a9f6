import { type Bench, type Row, rollcall } from '../bench.ts'
import { median } from '../compare.ts'
import { clear, fill } from '../fill.ts'
import { type CommandLine, metered } from '../process.ts'
import type { Line } from '../table.ts'

/** The peak memory of the full list, which is to be the same whatever its length. */
export const memory: Row = async (bench) => {
  await fill(bench.client, '/small', 10_000)
  const small = await peakOf(bench, rollcall(bench, 'ls', '--all', '-o', 'ndjson', '--prefix', '/small'))
  const line = (count: string, ours: number): Line => ({
    work: `peak memory of the full list, ${count}`,
    ours,
    unit: 'MB',
    beside: 'the same at 10,000',
    theirs: small,
    most: 1.3,
  })
  const lines = [line('100,000', await peakOf(bench, rollcall(bench, 'ls', '--all', '-o', 'ndjson')))]
  await clear(bench.client, '/small')
  if (!bench.large) return lines
  await fill(bench.client, '/large', 1_000_000, 100)
  // etcd counts what is left of a million keys for each page, which takes it seconds on a busy machine.
  const flags = ['--prefix', '/large', '--request-timeout', '60s']
  const large = rollcall(bench, 'ls', '--all', '-o', 'ndjson', ...flags)
  return [...lines, line('1,000,000', await peakOf({ ...bench, rounds: Math.min(bench.rounds, 3) }, large))]
}

async function peakOf({ folder, rounds }: Bench, line: CommandLine): Promise<number> {
  const peaks: number[] = []
  for (let round = 0; round < rounds; round += 1) peaks.push((await metered(folder, line)).megabytes)
  return median(peaks)
}
