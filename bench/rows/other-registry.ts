import { setTimeout as pause } from 'node:timers/promises'
import { type Bench, counted } from '../harness/bench.ts'
import { type Peer, type Result, type Work, contest } from '../harness/contest.ts'
import { atMost } from '../harness/marks.ts'
import { type CommandLine, type Serving, countLines } from '../harness/process.ts'

/** How many instances the registries other than etcd are filled with. */
export const COUNT = 10_000

interface Listing {
  readonly title: string
  readonly server: Serving
  readonly ours: CommandLine
  readonly raw: CommandLine
  readonly others?: readonly Peer[]
}

/** Milliseconds within which a registry shows all that it has acknowledged, and between two looks. */
const [PATIENCE, APART] = [60_000, 1_000]

/** The full list beside a raw client that lists as many. */
export async function fullListOf(bench: Bench, { title, server, ours, raw, others = [] }: Listing): Promise<Result[]> {
  const count = bench.scaled(COUNT)
  for (const line of [raw, ours]) {
    const late = performance.now() + PATIENCE
    for (;;) {
      const lines = await countLines(bench.folder, line)
      if (lines === count) break
      if (performance.now() > late) throw new Error(`${line.argv.join(' ')} lists ${lines} of ${count}`)
      await pause(APART)
    }
  }
  const work: Work = {
    title: `${title}: full list, \`ls --all -o ndjson\`, ${counted(count)}`,
    ours: bench.program('rollcall', ours, server),
    peers: [{ by: bench.program('raw client', raw, server), marks: [atMost('wall', 1.3, 'aim')] }, ...others],
  }
  return await contest([work], bench)
}
