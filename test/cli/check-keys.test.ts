import { afterAll, beforeAll, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { type Seed, seed } from './seed.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

it.each<[string, number, string]>([
  ['check-keys', 1, 'RC1001'],
  ['check-keys --severity error', 1, 'RC1001'],
  ['check-keys payments', 0, ''],
  ['check-keys users', 1, 'RC1002'],
  ['check-keys pay*', 0, ''],
  ['check-keys --rule RC1001', 1, 'RC1001'],
  ['check-keys --rule rc1001 users', 0, ''],
  ['check-keys --ignore RC1001 --ignore RC1002 --ignore RC1101 --severity error', 0, ''],
  ['check-keys --fail-on never', 0, 'RC1001'],
  ['check-keys search --fail-on warning', 1, 'RC1301'],
  ['check-keys search', 0, ''],
  ['check-keys nowhere', 1, ''],
  ['check-keys payments nowhere', 1, ''],
  ['check-keys --list', 1, '/microservices/users/'],
  ['check-keys --list payments', 0, '/microservices/payments/payments-1'],
  ['check-keys --list --fail-on never', 0, '/microservices/users/'],
  ['check-keys --explain RC1001', 0, '-ldflags'],
  ['check-keys --explain RC9999', 2, ''],
  ['check-keys --rule RC9999', 2, ''],
  ['check-keys --severity fatal', 2, ''],
  ['check-keys -o nonsense', 2, ''],
  ['check-keys -r memory:', 0, ''],
  ['check-keys -r file:nowhere.db', 3, ''],
])('%s: status %i', async (line, status, printed) => {
  expect(await demo.run(line)).toMatchObject({ status, stdout: expect.stringContaining(printed) })
})

it.each(['table', 'wide', 'json', 'ndjson', 'yaml', 'csv', 'name', 'github', 'sarif', 'junit'])(
  'the verdict is the same as %s',
  async (format) => {
    expect(await demo.run(`check-keys -o ${format}`)).toMatchObject({ status: 1 })
    expect(await demo.run(`check-keys payments -o ${format}`)).toMatchObject({ status: 0 })
  },
)

it('names some of the other keys where many records hang on one lease, and never its own', async () => {
  await using own = await Demo.open()
  const ids = Array.from({ length: 300 }, (_, at) => `crowd-${at}`)
  await seed({ env: own.env }, ids.map(nameless))
  const { items } = await own.json('check-keys --rule RC1001')
  const crowd = items.filter(({ id }: { id: string }) => id.startsWith('crowd-'))
  expect(crowd).toHaveLength(300)
  for (const { key, otherKeys } of crowd) {
    expect(otherKeys).toHaveLength(20)
    expect(otherKeys).not.toContain(key)
  }
})

function nameless(id: string): Seed {
  return { key: `/microservices//${id}`, value: { id, name: '' }, ttl: 3600, lease: 'one' }
}
