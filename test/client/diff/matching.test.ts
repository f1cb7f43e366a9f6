import { array, assert, asyncProperty, constantFrom, record } from 'fast-check'
import { expect, it } from 'vitest'
import { byServiceName } from '../../../src/backends/contract/service-order.ts'
import type { Stream } from '../../../src/client/diff/cursor.ts'
import { type MatchStep, matched } from '../../../src/client/diff/matching.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import { entry } from '../../reports/entries.ts'

const one = (name: string, id: string, version = 'v1'): InstanceEntry => entry({ name, id, version })

/** A side that yields batches of this size. */
function side(entries: readonly InstanceEntry[], size = 2, name = 'a'): Stream {
  async function* batches() {
    for (let at = 0; at < entries.length; at += size) yield await Promise.resolve(entries.slice(at, at + size))
  }
  return { name, batches: batches() }
}

const isSame = (a: InstanceEntry, b: InstanceEntry) => a.instance.version === b.instance.version

async function steps(before: Stream, after: Stream): Promise<MatchStep[]> {
  const all: MatchStep[] = []
  for await (const step of matched(before, after, isSame)) all.push(step)
  return all
}

/** What is not the same, as `service/id before after`, sorted. */
async function differences(before: readonly InstanceEntry[], after: readonly InstanceEntry[], size = 2) {
  const all = await steps(side(before, size), side(after, size === 1 ? 3 : size))
  const words = all.flatMap(({ service, unlike }) =>
    unlike.map((each) => `${service}/${each.id} ${each.before?.instance.version} ${each.after?.instance.version}`),
  )
  return words.toSorted()
}

it('matches what is the same on both sides, in whatever order a service has its instances', async () => {
  const before = [one('a', '1'), one('a', '2'), one('a', '3'), one('b', '1')]
  const after = [one('a', '3'), one('a', '2', 'v2'), one('a', '1'), one('c', '1')]
  expect(await differences(before, after)).toEqual(['a/2 v1 v2', 'b/1 v1 undefined', 'c/1 undefined v1'])
})

it('takes services in the order of keys, in which a-b comes before a', async () => {
  const both = [one('a-b', '1'), one('a', '1')]
  expect(await differences(both, both)).toEqual([])
  expect(await differences(both, [one('a', '1')])).toEqual(['a-b/1 v1 undefined'])
})

it('matches several of one id: those that are the same first', async () => {
  const before = [one('a', '1', 'v1'), one('a', '1', 'v2'), one('a', '1', 'v3')]
  const after = [one('a', '1', 'v3'), one('a', '1', 'v1')]
  expect(await differences(before, after)).toEqual(['a/1 v2 undefined'])
  expect(await differences(after, [one('a', '1', 'v9')])).toEqual(['a/1 v1 undefined', 'a/1 v3 v9'])
})

it('counts what it met, and says which step of a service is the last', async () => {
  const all = await steps(side([one('a', '1'), one('a', '2'), one('a', '3'), one('b', '1')]), side([one('a', '1')]))
  const count = (which: 'before' | 'after') =>
    all.filter(({ service }) => service === 'a').reduce((sum, step) => sum + step[which], 0)
  expect([count('before'), count('after')]).toEqual([3, 1])
  expect(all.filter(({ isLast }) => isLast).map(({ service }) => service)).toEqual(['a', 'b'])
})

it('refuses a side whose services are in no order, naming it', async () => {
  const disorder = side([one('b', '1'), one('a', '1')], 2, 'https://elsewhere')
  await expect(steps(disorder, side([]))).rejects.toThrow('https://elsewhere does not list its services in order')
})

it('ends both sides when its reader ends, or one of them fails', async () => {
  const ended: string[] = []
  const closing = (name: string, fails: boolean): Stream => ({
    name,
    batches: (async function* () {
      try {
        yield [one('a', '1')]
        if (fails) throw new Error('gone')
        yield [one('b', '1')]
      } finally {
        ended.push(await Promise.resolve(name))
      }
    })(),
  })
  await expect(steps(closing('left', false), closing('right', true))).rejects.toThrow('gone')
  expect(ended.toSorted()).toEqual(['left', 'right'])
})

interface Given {
  readonly name: string
  readonly id: string
  readonly version: string
}

const inOrder = (all: readonly Given[]) =>
  all.map(({ name, id, version }) => one(name, id, version)).toSorted((a, b) => byServiceName(a.service, b.service))

/** How many of these have no equal in the others. */
function unequal(some: readonly string[], others: readonly string[]): number {
  const left = [...others]
  return some.filter((each) => {
    const at = left.indexOf(each)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  }).length
}

it('finds what comparing all with all finds', async () => {
  const instances = array(
    record({
      name: constantFrom('a', 'a-b', 'b'),
      id: constantFrom('1', '2', '3'),
      version: constantFrom('v1', 'v2'),
    }),
    { maxLength: 12 },
  )
  await assert(
    asyncProperty(instances, instances, constantFrom(1, 2, 50), async (a, b, size) => {
      const found = await differences(inOrder(a), inOrder(b), size)
      const words = new Set([...a, ...b].map(({ name, id }) => `${name}/${id}`))
      const expected = [...words].map((word) => {
        const [left, right] = [a, b].map((all) =>
          all.filter(({ name, id }) => `${name}/${id}` === word).map(({ version }) => version),
        ) as [string[], string[]]
        return Math.max(unequal(left, right), unequal(right, left))
      })
      expect(found.length).toBe(expected.reduce((sum, each) => sum + each, 0))
    }),
  )
})
