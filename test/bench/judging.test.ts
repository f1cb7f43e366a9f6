import { expect, it } from 'vitest'
import { against } from '../../bench/harness/against.ts'
import { type Contestant, type Result, contest } from '../../bench/harness/contest.ts'
import { atLeast, atMost, below } from '../../bench/harness/marks.ts'
import type { Sample } from '../../bench/harness/metrics.ts'
import { table } from '../../bench/harness/table.ts'

const STEADY = [100, 100, 100, 100, 100]

/** Finds the values one after another; the first is for the round that is not counted. */
function finds(name: string, values: readonly number[], order: string[] = []): Contestant {
  const left: Sample[] = [0, ...values].map((wall) => ({ wall, memory: wall }))
  return {
    name,
    measure() {
      order.push(name)
      return Promise.resolve(left.shift() ?? {})
    },
  }
}

async function run(ours: readonly number[], theirs: readonly number[], scale = 1): Promise<Result> {
  const marks = [atMost('wall', 1.2), atLeast('wall', 0.8), below('memory', 110)]
  const peers = [{ by: finds('peer', theirs), marks }]
  const works = [{ title: 'work', ours: finds('rollcall', ours), peers }]
  const [result] = await contest(works, { rounds: ours.length, scale })
  if (!result) throw new Error('nothing was measured')
  return result
}

function verdicts({ peers }: Result): string[] {
  return peers.flatMap(({ marks }) => marks.map(({ verdict }) => verdict))
}

it.each([
  ['within its marks', STEADY, ['reached', 'reached', 'reached']],
  ['above them', [130, 130, 130, 130, 130], ['missed', 'reached', 'missed']],
  ['below what it is to be at least', [70, 70, 70, 70, 70], ['reached', 'missed', 'reached']],
  ['with one outlier', [100, 100, 100, 100, 900], ['reached', 'reached', 'reached']],
  ['with rounds more than 20 % apart', [80, 85, 100, 110, 120], ['unsettled', 'unsettled', 'unsettled']],
  ['with too few rounds to tell', [100, 100], ['unsettled', 'unsettled', 'unsettled']],
])('calls a work %s %j', async (_, ours, expected) => {
  expect(verdicts(await run(ours, STEADY.slice(0, ours.length)))).toEqual(expected)
})

it('calls nothing reached where the other side is not steady, or on a smaller scale', async () => {
  expect(verdicts(await run(STEADY, [80, 85, 100, 110, 120]))).not.toContain('reached')
  expect(verdicts(await run(STEADY, STEADY, 0.01))).toEqual(['trial', 'trial', 'trial'])
})

it('measures in turn, and one that stands in several works once a round', async () => {
  const order: string[] = []
  const peer = finds('c', STEADY, order)
  const works = ['a', 'b'].map((name) => ({ title: name, ours: finds(name, STEADY, order), peers: [{ by: peer }] }))
  await contest(works, { rounds: 2, scale: 1 })
  expect(order.join('')).toBe('acbacbacb')
})

it('shows medians, their spread, and the ratio', async () => {
  const text = table([await run([100, 104, 96, 100, 100], [50, 50, 50, 50, 50])])
  expect(text).toContain('| work | rollcall | 100 ms ±0 % |')
  expect(text).toContain('| peer | 50 ms ±0 % · 2.00 × |')
  expect(text).toContain('wall ≤ 1.2 ×: missed')
})

it('compares two runs by their ratios, not by their times', async () => {
  const then = await run([200, 200, 200], [100, 100, 100])
  const now = await run([300, 300, 300], [300, 300, 300])
  const earlier = { version: 1, date: '', machine: '', rounds: 3, scale: 1, results: [then], failures: {} } as const
  expect(against(earlier, [now])).toContain('| work | peer | wall | 2.00 | 1.00 | 0.50 |  |')
  expect(against({ ...earlier, results: [] }, [now])).toBe('The earlier run has none of these works.')
})
