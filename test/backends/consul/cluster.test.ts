import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { collect, results } from '../../conformance/ground.ts'
import { entryOf, openAt, recordsOf } from './open.ts'

const NO_CHECKS = { settings: { noChecks: true } }

await describeWith('consul', 'two agents of one Consul', () => {
  let a: ConsulServer
  let b: ConsulServer
  let onA: Backend
  let onB: Backend
  beforeAll(async () => {
    a = await startConsul({ node: 'node-a' })
    b = await startConsul({ node: 'node-b', join: a })
    onA = await openAt(`consul://${a.endpoint}`)
    onB = await openAt(`consul://${b.endpoint}`)
  })
  afterAll(async () => {
    for (const backend of [onA, onB]) await backend[Symbol.asyncDispose]()
    for (const server of [b, a]) await server[Symbol.asyncDispose]()
  })

  it('removes through the agent that owns a record, and says what follows', async () => {
    await onB.register({ name: 'sre', id: 'b-1', endpoints: ['grpc://10.0.0.2:9000'] }, NO_CHECKS)
    const [record] = await recordsOf(onB, { services: ['sre'] })
    if (!record) throw new Error('it is not there')
    expect(record.id).toBe('dc1/node-b/b-1')
    expect(onB.removalEffect(record, onB.read(record, 0))).toEqual({
      comesBack: false,
      note: 'it is removed by its own agent, on node node-b',
    })
    expect(results(await collect(onB.remove([record])))).toEqual({ [record.id]: 'done' })
    expect(await b.api('GET', '/v1/agent/services')).toEqual({})
    expect(await recordsOf(onA)).toEqual([])
  })

  it("removes another agent's from the catalogue, says that this agent brings it back, and it does", async () => {
    await onB.register({ name: 'sre', id: 'b-2', endpoints: ['grpc://10.0.0.2:9000'] }, NO_CHECKS)
    const [record] = await recordsOf(onA, { services: ['sre'] })
    if (!record) throw new Error('it is not there')
    const { comesBack, note } = onA.removalEffect(record, onA.read(record, 0))
    expect([comesBack, note]).toEqual([true, expect.stringContaining('node node-b, brings it back')])
    expect(results(await collect(onA.remove([record])))).toEqual({ [record.id]: 'done' })
    expect(await recordsOf(onA)).toEqual([])
    // An agent compares what it has with the catalogue every minute or two, and when it starts.
    await b.restart()
    await expect.poll(async () => (await recordsOf(onA)).map(({ id }) => id), { timeout: 60_000 }).toContain(record.id)
  })

  it('cannot renew or take offline what lies with another agent, and names its node', async () => {
    const made = await onB.register({ name: 'sre', id: 'b-4' }, { ttl: 20 })
    for (const outcomes of [await onA.renew?.(made.records), await onA.setStatus?.(made.records, 'down')])
      expect(outcomes).toMatchObject([
        { result: 'unsupported', error: { message: expect.stringContaining('node node-b') } },
      ])
    await made[Symbol.asyncDispose]()
  })

  it('takes the agent that owns a record when several are named, and lives without the dead one', async () => {
    const made = await onB.register({ name: 'sre', id: 'b-5' }, { ttl: 20 })
    await using both = await openAt(`consul://127.0.0.1:1,${a.endpoint},${b.endpoint}`)
    expect(results((await both.setStatus?.(made.records, 'down', { reason: 'moving' })) ?? [])).toEqual({
      'dc1/node-b/b-5': 'done',
    })
    const all = await recordsOf(both, { services: ['sre'] })
    const record = all.find(({ id }) => id.endsWith('/b-5'))
    expect(record && entryOf(both, record).observed).toMatchObject({ status: 'maintenance', reason: 'moving' })
    expect(results(await collect(both.remove(record ? [record] : [])))).toEqual({ 'dc1/node-b/b-5': 'done' })
    const { action, records } = await both.register({ name: 'pay', id: 'p-1' }, NO_CHECKS)
    expect([action, records[0]?.id]).toEqual(['created', 'dc1/node-a/p-1'])
  })

  it('keeps a name and id from being taken on another node while they are alive', async () => {
    await onB.register({ name: 'sre', id: 'twin', endpoints: ['grpc://10.0.0.2:9000'] }, NO_CHECKS)
    const taking = onA.register({ name: 'sre', id: 'twin', endpoints: ['grpc://10.0.0.1:9000'] }, NO_CHECKS)
    await expect(taking).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('dc1/node-b/twin'),
    })
  })

  it('cleans up after a node that is gone for good', async () => {
    const node = { Node: 'dead-node', Address: '10.9.9.9' }
    const Check = { Node: node.Node, CheckID: 'service:d-1', Status: 'critical', Output: 'refused', ServiceID: 'd-1' }
    await a.api('PUT', '/v1/catalog/register', { ...node, Service: { ID: 'd-1', Service: 'old' }, Check })
    const [record] = await recordsOf(onA, { services: ['old'] })
    if (!record) throw new Error('it is not there')
    expect(onA.whyDead(entryOf(onA, record), Date.now())).toBe('critical: service:d-1: refused')
    expect(onA.removalEffect(record, onA.read(record, 0))).toMatchObject({ comesBack: false })
    expect(results(await collect(onA.remove([record])))).toEqual({ [record.id]: 'done' })
    expect(await recordsOf(onA, { services: ['old'] })).toEqual([])
  })
})

await describeWith('consul', 'two data centres', () => {
  it('reads the one that is named, or all; registers in that of the agent only', async () => {
    await using east = await startConsul({ datacenter: 'east' })
    await using west = await startConsul({
      datacenter: 'west',
      config: { retry_join_wan: [`127.0.0.1:${east.wanPort}`] },
    })
    for (const [server, id] of [
      [east, 'e-1'],
      [west, 'w-1'],
    ] as const)
      await server.api('PUT', '/v1/agent/service/register', { ID: id, Name: 'sre', Address: '10.0.0.1', Port: 80 })
    await expect.poll(() => east.api('GET', '/v1/catalog/datacenters'), { timeout: 30_000 }).toHaveLength(2)
    const idsAt = async (dc: string, services?: string[]) => {
      await using backend = await openAt(`consul://${east.endpoint}${dc}`)
      return (await recordsOf(backend, services ? { services } : {})).map(({ id }) => id)
    }
    const [e, w] = [`east/${east.node}/e-1`, `west/${west.node}/w-1`]
    await expect.poll(() => idsAt('?dc=*'), { timeout: 20_000 }).toEqual([e, w])
    expect(await idsAt('')).toEqual([e])
    expect(await idsAt('?dc=west')).toEqual([w])
    expect(await idsAt('?dc=west,east', ['sre'])).toEqual([e, w])
    await using wrong = await openAt(`consul://${east.endpoint}?dc=west`)
    await expect(wrong.register({ name: 'x', id: 'x' }, {})).rejects.toMatchObject({ code: 'usage' })
    const seen = await recordsOf(wrong)
    expect(results(await collect(wrong.remove(seen)))).toEqual({ [w]: 'done' })
    await using nowhere = await openAt(`consul://${east.endpoint}?dc=north`)
    const message = 'consul: cannot read the services of data centre "north": there is no way to the data centre'
    await expect(recordsOf(nowhere)).rejects.toMatchObject({ code: 'usage', message })
    await west.stop()
    await expect(recordsOf(wrong)).rejects.toThrow('cannot read the services of data centre "west"')
  })
})
