import { expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import type { Outcome, RawRecord } from '../../../src/model/record.ts'
import { targetOf } from '../../conformance/kv-registry.ts'
import { startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { json, plant } from './shared-file.ts'

const MANY = 1_000
/** Four batches of 125. */
const IN_FLIGHT = 500

await describeWith('etcd', 'a registry that goes away', () => {
  it('answers for every record of a change, and tries no further', async () => {
    await using server = await startEtcd()
    const target = { ...targetOf(etcd, `etcd://${server.endpoint}`, 'auto'), requestTimeout: 1_000 }
    await using backend = await etcd.open(target, {
      signal: new AbortController().signal,
      logger: silent,
      now: Date.now,
    })
    const ids = Array.from({ length: MANY }, (_, at) => `/microservices/sre/${at}`)
    await plant(backend, Object.fromEntries(ids.map((id) => [id, json('sre', '1')])))
    const records = await scanned(backend)
    const outcomes: Outcome[] = []
    for await (const outcome of backend.remove(records)) {
      if (outcomes.length === 0) await server.stop()
      outcomes.push(outcome)
    }
    expect(outcomes.map((outcome) => outcome.id)).toEqual(records.map((record) => record.id))
    const left = outcomes.filter(({ result }) => result === 'not-attempted')
    const inDoubt = outcomes.filter(({ result }) => result === 'in-doubt')
    const done = outcomes.filter(({ result }) => result === 'done')
    expect(left.length + inDoubt.length + done.length).toBe(MANY)
    expect(left.length).toBeGreaterThanOrEqual(MANY - IN_FLIGHT)
    for (const { error } of [...left, ...inDoubt])
      expect(error).toMatchObject({ code: expect.stringMatching(/unreachable|timeout/) })
    await expect(backend.register({ name: 'sre', id: 'new' }, {})).rejects.toMatchObject({ name: 'RollcallError' })
    await server.restart()
    // What was never sent is there, what was answered is gone, and of what is in doubt either may be so.
    await eventually(async () => {
      const there = new Set((await scanned(backend)).map(({ id }) => id))
      expect(left.filter(({ id }) => !there.has(id))).toEqual([])
      expect(done.filter(({ id }) => there.has(id))).toEqual([])
    })
  })
})

async function scanned(backend: Backend): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const page of backend.scan({})) records.push(...page.records)
  return records
}
