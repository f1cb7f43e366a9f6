import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Outcome } from '../../../src/model/record.ts'
import { collect } from '../../conformance/ground.ts'
import { type NacosServer, startNacosCluster } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { listed, openClient, recordsIn } from './open.ts'

const PATIENT = { timeout: 60_000, interval: 200 }
const IDS = Array.from({ length: 8 }, (_, at) => `10.0.0.${at + 1}`)
const ALL_DONE = IDS.map(() => 'done')
const lines = (status: string) => IDS.map((id) => `sre/${id} grpc://${id}:9000 ${status}`)
const results = async (outcomes: Promise<readonly Outcome[]>) => (await outcomes).map(({ result }) => result)

await describeWith('nacos', 'a cluster of Nacos', () => {
  let nodes: NacosServer[]
  beforeAll(async () => {
    nodes = await startNacosCluster(2)
  }, 300_000)
  afterAll(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
  })

  const openNode = (at: number) => openClient(`nacos://${nodes[at]?.endpoint}`)

  it('knows at every node what was written at one, whichever node an instance belongs to', async () => {
    await using one = await openNode(0)
    await using other = await openNode(1)
    // At both: a change compares with what its own node knows, which learns of the other's instances a little later.
    const seen = async (expected: readonly string[]) => {
      for (const client of [other, one])
        await eventually(async () => expect((await listed(client)).toSorted()).toEqual(expected), PATIENT)
    }
    const made = []
    for (const id of IDS)
      made.push(await one.register({ id, name: 'sre', endpoints: [`grpc://${id}:9000`] }, { ttl: 90 }))
    await seen(lines('up'))
    const records = made.flatMap((registration) => registration.records)
    expect(await results(one.setStatus(records, 'down'))).toEqual(ALL_DONE)
    await seen(lines('down'))
    expect(await results(one.setStatus(await recordsIn(one.backend), 'up'))).toEqual(ALL_DONE)
    await seen(lines('up'))
    for (const registration of made) expect(await registration.beat?.()).toBe('ok')
    expect(await results(collect(one.remove(records)))).toEqual(ALL_DONE)
    await seen([])
  })
})
