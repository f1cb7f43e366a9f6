import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { run } from '../../cli/run.ts'
import { type EurekaServer, startEurekaPeers } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { clientAt, listed } from './open.ts'

const PATIENT = { timeout: 90_000, interval: 200 }
const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }
const PAY = { name: 'pay', id: 'p-1', endpoints: ['grpc://10.0.0.2:9000'] }

await describeWith('eureka', 'two peers of Eureka', () => {
  let one: EurekaServer
  let other: EurekaServer
  beforeAll(async () => {
    ;[one, other] = await startEurekaPeers()
  }, 600_000)
  afterAll(async () => {
    await one[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const both = () => `eureka://${one.endpoint},${other.endpoint}`
  const stats = () => run(`stats -r ${both()}`)

  it('agree on what was done at either, and go on with one when the other is gone', async () => {
    await using client = await clientAt(both(), { requestTimeout: 5_000 })
    await using there = await clientAt(`eureka://${other.endpoint}`)
    const kept = await client.keepAlive(SRE, { ttl: 6 })
    await eventually(async () => expect(await listed(there)).toEqual(['sre/i-1 up']), PATIENT)
    const { records } = await client.register(PAY)
    await eventually(async () => expect(await listed(there)).toEqual(['pay/p-1 up', 'sre/i-1 up']), PATIENT)
    const known = new Map(records.map(({ id, revision }) => [id, revision]))
    for await (const { records: some } of there.backend.scan({ services: ['pay'] }))
      for (const { id, revision } of some) expect(revision).toBe(known.get(id))
    expect((await stats()).stderr).not.toMatch(/peers? /)

    await one.kill()
    expect(await listed(client)).toEqual(['pay/p-1 up', 'sre/i-1 up'])
    expect((await client.setStatus(records, 'down'))[0]?.result).toBe('done')
    expect(await listed(client, { services: ['pay'] })).toEqual(['pay/p-1 maintenance'])
    const silent = await stats()
    expect(silent.status).toBe(0)
    expect(silent.stderr).toContain(`a peer cannot be used: ${one.endpoint}: connection refused`)

    // Longer than the lease of what is kept alive: its heartbeats come to the peer that is left.
    await eventually(async () => expect(await listed(client, { services: ['sre'] })).toEqual(['sre/i-1 up']), PATIENT)
    await kept[Symbol.asyncDispose]()
    await eventually(async () => expect(await listed(there)).toEqual(['pay/p-1 maintenance']), PATIENT)
  }, 600_000)

  it('are reported where they disagree', async () => {
    // What says that it is replicated is not passed on.
    const app = JSON.stringify({
      instance: { instanceId: 'x', app: 'X', hostName: 'x', ipAddr: '10.0.0.9', status: 'DOWN', dataCenterInfo: OWN },
    })
    const headers = { 'content-type': 'application/json', 'x-netflix-discovery-replication': 'true' }
    if (!(await alive(one))) await one.restart()
    const sent = await fetch(`http://${one.endpoint}/eureka/apps/X`, { method: 'POST', headers, body: app })
    expect(sent.status).toBe(204)
    await eventually(async () => {
      const { status, stderr } = await stats()
      expect(status).toBe(0)
      expect(stderr).toMatch(/peers disagree: 127\.0\.0\.1:\d+ has .*DOWN 1.*, 127\.0\.0\.1:\d+ has /)
    }, PATIENT)
  }, 600_000)
})

const OWN = { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' }

async function alive(server: EurekaServer): Promise<boolean> {
  return await server.call('GET', '/apps/delta').then(
    () => true,
    () => false,
  )
}
