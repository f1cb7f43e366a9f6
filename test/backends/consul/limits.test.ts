import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from '../../servers/consul/fill.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { countIn } from '../bounded-child.ts'
import { openAt, recordsOf } from './open.ts'

const SERVICES = 10_000
const MEGABYTES = 128

describeWith('consul', 'a Consul with many services', () => {
  let server: ConsulServer
  beforeAll(async () => {
    server = await startConsul()
    await fill(server, SERVICES, SERVICES)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it(`lists ${SERVICES} services in a process of ${MEGABYTES} MB`, async () => {
    expect(await countIn(import.meta.dirname, `consul://${server.endpoint}`, MEGABYTES)).toBe(SERVICES)
  })

  it('asks once for all of them, and not for each', async () => {
    const before = await requests(server)
    await using backend = await openAt(`consul://${server.endpoint}`, { requestTimeout: 30_000 })
    await recordsOf(backend)
    expect((await requests(server)) - before).toBeLessThan(10)
  })
})

/** Requests that its HTTP server has answered, by its own count. */
async function requests(server: ConsulServer): Promise<number> {
  interface Metrics {
    readonly Samples: readonly { readonly Name: string; readonly Count: number }[]
  }
  const { Samples } = await server.api<Metrics>('GET', '/v1/agent/metrics')
  return Samples.filter(({ Name }) => Name === 'consul.api.http').reduce((sum, { Count }) => sum + Count, 0)
}
