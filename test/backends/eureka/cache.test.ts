import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { collect } from '../../conformance/ground.ts'
import { run } from '../../cli/run.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { clientAt, listed, recordsOf } from './open.ts'

const PATIENT = { timeout: 90_000, interval: 200 }
const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }

await describeWith('eureka', 'a Eureka that answers lists out of its cache', () => {
  let server: EurekaServer
  beforeAll(async () => {
    server = await startEureka({ cachedFor: 3_600_000 })
  }, 600_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const rollcall = (line: string) => run(`${line} -r eureka://${server.endpoint}`)

  it('tells the living from the dead, however old its list is', async () => {
    await using client = await clientAt(`eureka://${server.endpoint}`)
    // With so many that send no heartbeats, those of one are fewer than Eureka expects.
    const silent = Array.from({ length: 80 }, (_, at) =>
      client.backend.encode(
        { name: 'silent', id: `s-${at}`, endpoints: [`grpc://10.0.3.1:${9000 + at}`] },
        { ttl: 3_600 },
      ),
    ).flat()
    const restored = silent.map((record) => Object.assign({ ttlGranted: null }, record))
    for (const { result } of await collect(client.backend.restore?.(restored))) expect(result).toBe('done')
    const kept = await client.keepAlive({ name: 'old', id: 'kept', endpoints: ['grpc://10.0.1.1:1'] }, { ttl: 2 })
    await client.register({ name: 'old', id: 'dying', endpoints: ['grpc://10.0.1.2:1'] }, { ttl: 2 })
    const wanted = ['old/dying expired', 'old/kept up']
    for (const scope of [{}, { services: ['old'] }])
      await eventually(async () => {
        const lines = (await listed(client, scope)).filter((line) => line.startsWith('old/'))
        expect(lines.toSorted()).toEqual(wanted)
      }, PATIENT)
    const { status, stderr } = await rollcall('stats old')
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/self-preservation: Eureka keeps 1 lease that has ended/),
    ])
    await kept[Symbol.asyncDispose]()
  })

  it('shows what is there now where a service or an instance is named', async () => {
    await using client = await clientAt(`eureka://${server.endpoint}`)
    const { records } = await client.register(SRE, { ttl: 300 })
    const list = () => listed(client, { services: ['sre'] })
    // From here on the server lists this.
    expect(await list()).toEqual(['sre/i-1 up'])
    for (const [line, status] of [
      ['offline sre/i-1', 'maintenance'],
      ['online sre/i-1', 'up'],
      ['offline sre/i-1', 'maintenance'],
    ] as const) {
      expect(await rollcall(line)).toMatchObject({ status: 0 })
      expect(await list()).toEqual([`sre/i-1 ${status}`])
    }
    expect((await rollcall('renew sre/i-1')).status).toBe(0)
    const [record] = await recordsOf(client.backend, { rawKey: records[0]?.id })
    expect(record?.revision).toMatch(/OUT_OF_SERVICE/)
    const gone = await rollcall('deregister sre/i-1')
    expect([gone.status, gone.stderr]).toEqual([
      0,
      expect.stringContaining('registers it again with its next heartbeat'),
    ])
    expect(await list()).toEqual([])
    expect((await rollcall('get sre/i-1')).status).toBe(1)
  })

  it('changes nothing that its list shows as it was', async () => {
    await using client = await clientAt(`eureka://${server.endpoint}`)
    const two = { ...SRE, name: 'two', endpoints: ['grpc://10.0.0.2:9000'] }
    await client.register(two, { ttl: 300 })
    const seen = await recordsOf(client.backend, { services: ['two'] })
    await client.register({ ...two, id: 'i-3' }, { ttl: 300, replace: true })
    const results = await collect(client.remove(seen))
    expect(results.map(({ result }) => result)).toEqual(['changed'])
  })
})

await describeWith('eureka', 'a Eureka without self-preservation', () => {
  it('tells in a watch of what it evicted, and nothing twice', async () => {
    await using server = await startEureka({ evictsEvery: 1_000 })
    await using client = await clientAt(`eureka://${server.endpoint}`)
    await client.register(SRE, { ttl: 300 })
    const events: string[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const event of client.watch({}, { signal: stop.signal })) events.push(inWords(event))
    })()
    await eventually(() => expect(events).toContain('synced'), PATIENT)
    // It evicts at most a share of all at a time, and so none of a few.
    for (let at = 0; at < 12; at += 1)
      await client.register(
        { name: 'pay', id: `p-${at}`, endpoints: [`grpc://10.0.2.1:${9000 + at}`] },
        { ttl: at === 0 ? 2 : 300 },
      )
    await eventually(() => expect(events).toContain('removed pay/p-0'), PATIENT)
    expect(events.filter((event) => event.endsWith('pay/p-0'))).toEqual(['added pay/p-0', 'removed pay/p-0'])
    expect(new Set(events).size).toBe(events.length)
    stop.abort()
    await watching
  }, 600_000)

  it('is watched where it tells no changes', async () => {
    await using server = await startEureka({ withoutDelta: true })
    await using client = await clientAt(`eureka://${server.endpoint}`)
    const events: string[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const event of client.watch({}, { signal: stop.signal })) events.push(inWords(event))
    })()
    await eventually(() => expect(events).toContain('synced'), PATIENT)
    const registration = await client.register(SRE)
    await eventually(() => expect(events).toContain('added sre/i-1'), PATIENT)
    await registration[Symbol.asyncDispose]()
    await eventually(() => expect(events).toContain('removed sre/i-1'), PATIENT)
    stop.abort()
    await watching
  }, 600_000)
})

await describeWith('eureka', 'a Eureka that has just started', () => {
  it('is said to serve nothing yet', async () => {
    await using server = await startEureka({ servesAfter: 3_600_000 })
    const { status, stderr } = await run(`ls -r eureka://${server.endpoint}`)
    expect([status, stderr]).toEqual([3, expect.stringContaining('does not serve its registry yet')])
  }, 600_000)
})

function inWords(event: WatchEvent): string {
  return 'entry' in event ? `${event.type} ${event.entry.service}/${event.entry.instance.id}` : event.type
}
