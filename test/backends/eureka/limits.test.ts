import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { countIn } from '../bounded-child.ts'
import { openAt } from './open.ts'

const SERVICES = 100
const INSTANCES = 100
/** The server answers with all of it at once. */
const MEGABYTES = 160

await describeWith('eureka', 'a Eureka with many instances', () => {
  let server: EurekaServer
  beforeAll(async () => {
    server = await startEureka()
    await using backend = await openAt(`eureka://${server.endpoint}`)
    const records = Array.from({ length: SERVICES }, (_, service) =>
      Array.from({ length: INSTANCES }, (__, at) =>
        backend.encode(
          { name: `s-${service}`, id: `${service}-${at}`, endpoints: [`grpc://10.0.${service}.${at}:9000`] },
          { ttl: 86_400 },
        ),
      ),
    ).flat(2)
    const backup = records.map((record) => Object.assign({ ttlGranted: null }, record))
    for await (const { result } of backend.restore?.(backup) ?? []) expect(result).toBe('done')
  }, 900_000)
  afterAll(() => server[Symbol.asyncDispose]())

  it(`lists ${SERVICES * INSTANCES} instances in a process of ${MEGABYTES} MB`, async () => {
    expect(await countIn(import.meta.dirname, `eureka://${server.endpoint}`, MEGABYTES)).toBe(SERVICES * INSTANCES)
  }, 60_000)

  it('counts them, and finds nothing wrong', async () => {
    const url = `-r eureka://${server.endpoint}`
    expect((await run(`stats ${url}`)).stderr).toContain(`${SERVICES} services, ${SERVICES * INSTANCES} instances`)
    expect((await run(`check-keys ${url}`)).status).toBe(0)
  }, 60_000)
})
