import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Operation } from '../../../src/backends/kv/store.ts'
import { openLocalStore } from '../../../src/backends/local/store.ts'

const RANGE = { start: Buffer.from('a'), end: Buffer.from('z') }

type Step = readonly [key: string, value: string | null]

const steps = fc.array(
  fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.constantFrom('1', '2', '3'), { freq: 3 })),
  { minLength: 1, maxLength: 12 },
)

function operationOf([key, value]: Step): Operation {
  return value === null ? { delete: Buffer.from(key) } : { put: Buffer.from(key), value: Buffer.from(value) }
}

describe.each(['a file', 'memory'])('the past of %s', (kind) => {
  let folder = ''
  let files = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-past-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const open = async () => {
    const store = await openLocalStore(kind === 'memory' ? undefined : join(folder, `${files++}.db`), Date.now)
    await store.create()
    return store
  }

  it('is read as it was at each revision', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await using store = await open()
        const now = new Map<string, string>()
        const then = new Map<string, Record<string, string>>()
        for (const step of all) {
          const [key, value] = step
          const [outcome] = await store.write([operationOf(step)])
          if (value === null) now.delete(key)
          else now.set(key, value)
          if (outcome?.revision) then.set(outcome.revision, Object.fromEntries(now))
        }
        for (const [revision, expected] of then) {
          const found: Record<string, string> = {}
          for await (const page of store.scan(RANGE, { revision, pageSize: 2 })) {
            expect(page.revision).toBe(revision)
            for (const record of page.records)
              found[Buffer.from(record.key).toString()] = Buffer.from(record.value).toString()
          }
          expect(found).toEqual(expected)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('has the lease and the first time of a record that is gone', async () => {
    await using store = await open()
    const { lease } = await store.grant(60)
    const [put] = await store.write([{ put: Buffer.from('a'), value: Buffer.from('1'), lease }])
    await store.revoke(lease)
    const pages = []
    for await (const page of store.scan(RANGE, { revision: put?.revision })) pages.push(page)
    expect(pages[0]?.records[0]).toMatchObject({ lease, revision: put?.revision, createdAt: expect.any(Number) })
  })
})
