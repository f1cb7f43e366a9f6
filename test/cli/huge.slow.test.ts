import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { kratos, seed } from './seed.ts'

/** What one record may hold: etcd takes 1.5 MiB. Measured whole, each of them took minutes. */
const TEXTS = {
  ascii: 'x'.repeat(150_000),
  'one that is not': `${'x'.repeat(150_000)}中`,
  chinese: '中'.repeat(100_000),
  marks: `a${'\u0301\u0316'.repeat(70_000)}`,
  joiners: '👩\u200d'.repeat(50_000),
  flags: '🇩🇪'.repeat(30_000),
  escaped: '\u0001'.repeat(70_000),
}

describe('text without end in a record', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await Demo.open()
    const named = Object.entries(TEXTS).map(([id, text]) => {
      const { key, value } = kratos('huge', id)
      return { key, value: { ...(value as object), version: text, metadata: { a: text, b: id } } }
    })
    await seed(demo, named)
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  it.each([
    'ls huge -o wide',
    'ls huge --columns id,metadata,version',
    'ls huge --sort-by version -o wide',
    'ls huge --sort-by metadata',
    'ls huge -o csv',
    'ls huge -o yaml',
    'get huge',
    'stats huge --by a',
    'stats huge -o csv --by a',
    'check-keys huge -o wide',
    'purge huge --no-lease --dry-run --force -o wide',
    'wait huge --min 7 --timeout 20s -o wide',
    'health huge --timeout 20s -o wide',
  ])('is listed as any other, in a pipe and on a terminal: %s', async (line) => {
    for (const terminal of [false, 80]) {
      const { status, stdout } = await demo.run(line, { terminal })
      expect(status).toBeLessThanOrEqual(1)
      expect(stdout).not.toBe('')
    }
  })

  it('is not cut where nothing is cut, and makes no other row longer', async () => {
    const { stdout } = await demo.run('ls payments huge -o wide')
    for (const text of [TEXTS.ascii, TEXTS.chinese, TEXTS['one that is not']]) expect(stdout).toContain(text)
    const others = stdout.split('\n').filter((line) => line.startsWith('payments '))
    expect(others.length).toBeGreaterThan(0)
    for (const line of others) expect(line.length).toBeLessThan(4_000)
  })

  it('is matched by a pattern of many stars', async () => {
    const hostile = await demo.run(['ls', '*a*x*x*x*x*x*x*b', 'huge', '--host', '*1*0*0*x'])
    expect(hostile.status).toBe(1)
  })
})
