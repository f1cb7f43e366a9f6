import { type Bench, FLEET_PREFIX, type Row, client, rollcall, times } from '../bench.ts'
import { median } from '../compare.ts'
import { type CommandLine, linesOf, metered } from '../process.ts'
import { startFilled } from '../zookeeper.ts'

const COUNT = 10_000

/** `ls --all -o ndjson` of 10,000 instances of ZooKeeper beside a raw reader that writes the same lines, and the memory of both. */
export const zookeeper: Row = async (bench) => {
  await using registry = await startFilled(COUNT)
  const { argv, env } = rollcall(bench, 'ls', '--all', '-o', 'ndjson')
  const list = { argv, env: { ...env, ROLLCALL_REGISTRY: `zookeeper://${registry.endpoint}` } }
  const raw = client(bench, 'raw-zookeeper', registry.endpoint, FLEET_PREFIX)
  if ((await linesOf(bench.folder, list)) !== (await linesOf(bench.folder, raw)))
    throw new Error('the raw reader writes other lines')
  const [ours = 0, theirs = 0] = await times(bench, list, raw)
  const beside = 'raw reader'
  return [
    { work: 'ZooKeeper: full list of 10,000', ours, unit: 'ms', beside, theirs },
    {
      work: 'ZooKeeper: peak memory of that',
      ours: await peakOf(bench, list),
      unit: 'MB',
      beside,
      theirs: await peakOf(bench, raw),
    },
  ]
}

async function peakOf({ folder, rounds }: Bench, line: CommandLine): Promise<number> {
  const peaks: number[] = []
  for (let round = 0; round < rounds; round += 1) peaks.push((await metered(folder, line)).megabytes)
  return median(peaks)
}
