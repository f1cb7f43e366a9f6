import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from '../../servers/consul/fill.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { Front } from '../../servers/front.ts'
import { describeWith } from '../../servers/with-server.ts'
import { countIn } from '../bounded-child.ts'
import { openAt, recordsOf } from './open.ts'

const SERVICES = 10_000
const MEGABYTES = 128

await describeWith('consul', 'a Consul with many services', () => {
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
    await using front = await Front.before(server.endpoint)
    await using backend = await openAt(`consul://${front.endpoint}`, { requestTimeout: 30_000 })
    expect(await recordsOf(backend)).toHaveLength(SERVICES)
    expect(front.paths.length).toBeLessThan(10)
  })
})
