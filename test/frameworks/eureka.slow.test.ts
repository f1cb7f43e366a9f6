import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EurekaServer, startEureka } from '../servers/eureka/start.ts'
import type { FrameworkProgram } from '../servers/framework-program.ts'
import { startJavaFramework } from '../servers/java-frameworks/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type Seen, findsWhatIsRegistered, lineOf, rollcall, seesItComeAndGo } from './application.ts'
import { Watched } from './watched.ts'

const SEEN: Seen = {
  written: { service: 'orders', id: 'orders-1', address: '10.0.0.81:8080', metadata: { zone: 'z1' } },
  shown: {
    name: 'orders',
    id: 'orders-1',
    endpoints: ['http://10.0.0.81:8080'],
    metadata: { zone: 'z1' },
  },
}

await describeWith('eureka', 'frameworks on Eureka', () =>
  describeWith('java-frameworks', 'an application of Spring Cloud', () => {
    let server: EurekaServer
    let registry: string
    let program: FrameworkProgram
    beforeAll(async () => {
      server = await startEureka({ evictsEvery: 500 })
      registry = `eureka://${server.endpoint}`
      program = await startJavaFramework('eureka', server.endpoint)
    }, 600_000)
    afterAll(async () => {
      await program[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })
    const ground = () => ({ registry, program })

    seesItComeAndGo(SEEN, ground)

    describe('as a client', () => {
      const words = ['-e', 'http://10.0.0.82:8080', '--id', 'orders-2', '--meta', 'zone=z2']
      const instance = { id: 'orders-2', address: '10.0.0.82:8080', metadata: { zone: 'z2' } }
      findsWhatIsRegistered({ words, service: 'orders', instance }, SEEN, ground)
    })

    it('is not found by others while it is offline', async () => {
      const found = async () => (await program.find('orders')).map(({ id }) => id)
      await program.register(SEEN.written)
      expect(await found()).toEqual(['orders-1'])
      expect((await rollcall(registry, ['offline', 'orders/orders-1'])).status).toBe(0)
      expect(await found()).toEqual([])
      expect((await rollcall(registry, ['online', 'orders/orders-1'])).status).toBe(0)
      expect(await found()).toEqual(['orders-1'])
      await program.deregister(SEEN.written)
    })

    it('is gone when its lease ends, where it crashes', async () => {
      await using watched = await Watched.start(['-r', registry])
      await using another = await startJavaFramework('eureka', server.endpoint)
      await another.register(SEEN.written)
      await expect.poll(() => watched.told()).toEqual([`added ${lineOf(SEEN)}`])
      await another.kill()
      await expect.poll(() => watched.told().at(-1), { timeout: 120_000 }).toBe(`removed ${lineOf(SEEN)}`)
    })
  }),
)
