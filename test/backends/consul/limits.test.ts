import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from '../../servers/consul/fill.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
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
    const folder = await mkdtemp(join(import.meta.dirname, '../../../node_modules/.rollcall-test-'))
    const outfile = join(folder, 'child.mjs')
    await build({
      entryPoints: [join(import.meta.dirname, 'child.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
    })
    const execArgv = [`--max-old-space-size=${MEGABYTES}`]
    const child = fork(outfile, [`consul://${server.endpoint}`], { execArgv })
    const [count] = await Promise.race([once(child, 'message'), once(child, 'exit')])
    expect(count).toBe(SERVICES)
    await rm(folder, { recursive: true })
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
