import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { type PolarisServer, startPolaris } from '../../servers/polaris/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { countIn } from '../bounded-child.ts'
import { openAt, recordsOf } from './open.ts'

const SERVICES = 100
const INSTANCES = 100
const ABREAST = 10
const MEGABYTES = 64

await describeWith('polaris', 'a Polaris with many instances', () => {
  let server: PolarisServer
  beforeAll(async () => {
    server = await startPolaris()
    // What comes at the same time is stored at once; one after another its store takes minutes.
    for (let at = 0; at < SERVICES; at += ABREAST) {
      const names = Array.from({ length: ABREAST }, (_, offset) => `s-${at + offset}`)
      await Promise.all(names.map((name) => server.api('POST', '/naming/v1/instances', manyOf(name))))
    }
    await using backend = await openAt(`polaris://${server.endpoint}`)
    const all = async () => expect(await recordsOf(backend)).toHaveLength(SERVICES * INSTANCES)
    await eventually(all, { timeout: 60_000, interval: 500 })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it(`lists ${SERVICES * INSTANCES} instances in a process of ${MEGABYTES} MB`, async () => {
    expect(await countIn(import.meta.dirname, `polaris://${server.endpoint}`, MEGABYTES)).toBe(SERVICES * INSTANCES)
  }, 60_000)
})

/** Without a health check they stay as they are, and nobody has to renew them. */
function manyOf(service: string): object[] {
  return Array.from({ length: INSTANCES }, (_, at) => ({
    namespace: 'default',
    service,
    host: `10.0.0.${at}`,
    port: 9000,
    protocol: 'grpc',
    version: 'v1.0.0',
    weight: 100,
    metadata: { merge: `${service}-${at}`, zone: 'a' },
  }))
}
