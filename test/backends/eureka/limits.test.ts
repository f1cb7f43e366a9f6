import { afterAll, beforeAll, expect, it } from 'vitest'
import { encode } from '../../../src/backends/eureka/encode.ts'
import type { EurekaTree } from '../../../src/backends/eureka/instance.ts'
import { run } from '../../cli/run.ts'
import type { Registered } from '../../servers/eureka/server.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { countIn } from '../bounded-child.ts'

const SERVICES = 100
const INSTANCES = 100
/** The server answers with all of it at once. */
const MEGABYTES = 160

await describeWith('eureka', 'a Eureka with many instances', () => {
  let server: EurekaServer
  beforeAll(async () => {
    server = await startEureka()
    const numbers = Array.from({ length: SERVICES * INSTANCES }, (_, at) => [
      Math.floor(at / INSTANCES),
      at % INSTANCES,
    ])
    await server.fill(numbers.map(([service = 0, at = 0]) => instanceOf(service, at)))
  }, 900_000)
  afterAll(() => server[Symbol.asyncDispose]())

  it(`lists ${SERVICES * INSTANCES} instances in a process of ${MEGABYTES} MB`, async () => {
    expect(await countIn(import.meta.dirname, `eureka://${server.endpoint}`, MEGABYTES)).toBe(SERVICES * INSTANCES)
  }, 60_000)

  it('counts them, and finds nothing wrong', async () => {
    const url = `-r eureka://${server.endpoint}`
    expect((await run(`stats ${url}`)).stderr).toContain(`${SERVICES} services, 10,000 instances`)
    expect((await run(`check-keys ${url}`)).status).toBe(0)
  }, 60_000)
})

/** As Kratos registers it, with a lease that lasts. */
function instanceOf(service: number, at: number): Registered {
  const body = encode(
    { name: `s-${service}`, id: `${service}-${at}`, endpoints: [`grpc://10.0.${service}.${at}:9000`] },
    { ttl: 86_400 },
  ).map((record) => record.body as EurekaTree & Registered)
  return body[0] ?? { app: '', instanceId: '' }
}
