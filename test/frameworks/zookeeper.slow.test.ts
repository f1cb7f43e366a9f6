import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FrameworkProgram } from '../servers/framework-program.ts'
import { type JavaFramework, startJavaFramework } from '../servers/java-frameworks/start.ts'
import { freePorts } from '../servers/ports.ts'
import { describeWith } from '../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../servers/zookeeper/start.ts'
import { type Seen, findsWhatIsRegistered, lineOf, listed, rollcall, seesItComeAndGo } from './application.ts'
import { Watched, eventually } from './watched.ts'

const CURATOR: Seen = {
  written: { service: 'billing', id: 'billing-1', address: '10.0.0.71:8443' },
  shown: { name: 'billing', id: 'billing-1', endpoints: ['http://10.0.0.71:8443'], metadata: {}, layout: 'curator' },
}
const SPRING: Seen = {
  written: { service: 'order-service', id: '1648fefd', address: '10.0.0.72:8080', metadata: { zone: 'z1' } },
  shown: {
    name: 'order-service',
    id: '1648fefd',
    endpoints: ['http://10.0.0.72:8080'],
    metadata: { zone: 'z1', instance_status: 'UP' },
    layout: 'curator',
  },
}

await describeWith('zookeeper', 'frameworks on ZooKeeper', async () => {
  let server: ZooKeeperServer
  let registry: string
  beforeAll(async () => {
    server = await startZooKeeper()
    registry = `zookeeper://${server.endpoint}`
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const starting = (framework: JavaFramework) => () => startJavaFramework(framework, server.endpoint)

  /** An application for the tests of a describe. */
  function application(start: () => Promise<FrameworkProgram>) {
    let program: FrameworkProgram
    beforeAll(async () => {
      program = await start()
    })
    afterAll(() => program[Symbol.asyncDispose]())
    return () => ({ registry, program })
  }

  /** It ends without a word, and its session with it. */
  function crashes(seen: Seen, start: () => Promise<FrameworkProgram>) {
    it('is gone when its session ends, where it crashes', async () => {
      await using watched = await Watched.start(['-r', registry, ...(seen.place ?? [])])
      await using program = await start()
      await program.register(seen.written)
      await eventually(() => watched.told()).toEqual([`added ${lineOf(seen)}`])
      await program.kill()
      await eventually(() => watched.told()).toEqual([`added ${lineOf(seen)}`, `removed ${lineOf(seen)}`])
    })
  }

  await describeWith('java-frameworks', 'an application', () => {
    describe('of Curator', () => {
      const ground = application(starting('curator'))
      seesItComeAndGo(CURATOR, ground)
      const words = ['-e', 'https://10.0.0.73:8443', '--id', 'billing-2', '--layout', 'curator', '--persistent']
      const instance = { id: 'billing-2', address: 'https://10.0.0.73:8443' }
      findsWhatIsRegistered({ words, service: 'billing', instance }, CURATOR, ground)
      crashes(CURATOR, starting('curator'))
    })

    describe('of Spring Cloud', () => {
      const ground = application(starting('spring'))
      seesItComeAndGo(SPRING, ground)
      const words = ['-e', '10.0.0.74:8080', '--id', 'two', '--meta', 'zone=z2', '--layout', 'curator', '--persistent']
      const instance = { id: 'two', address: 'http://10.0.0.74:8080', metadata: { zone: 'z2' } }
      findsWhatIsRegistered({ words, service: 'order-service', instance }, SPRING, ground)
      crashes(SPRING, starting('spring'))

      it('is left out by the load balancer while it is offline', async () => {
        const { program } = ground()
        const { service = '' } = SPRING.written
        const found = async () => (await program.find(service)).map(({ id }) => id)
        await program.register(SPRING.written)
        expect(await found()).toEqual(['1648fefd'])
        expect((await rollcall(registry, ['offline', `${service}/1648fefd`])).status).toBe(0)
        expect(await found()).toEqual([])
        expect((await rollcall(registry, ['online', `${service}/1648fefd`])).status).toBe(0)
        expect(await found()).toEqual(['1648fefd'])
        await program.deregister(SPRING.written)
      })
    })

    it('of Dubbo is one instance, with what it registers at both levels, and is seen to come and go', async () => {
      const [port = 0] = await freePorts(1)
      const seen: Seen = {
        written: { service: 'dubbo-orders', address: `10.0.0.75:${port}` },
        shown: { name: 'dubbo-orders', id: `10.0.0.75:${port}`, endpoints: [`dubbo://10.0.0.75:${port}`] },
      }
      await using watched = await Watched.start(['-r', registry])
      await using program = await starting('dubbo')()
      await program.register(seen.written)
      await eventually(() => watched.told()).toContain(`added ${lineOf(seen)}`)
      const keys = [
        `/services/dubbo-orders/10.0.0.75:${port}`,
        expect.stringMatching(/^\/dubbo\/frameworks\.Dubbo%24Orders\/providers\/dubbo%3A%2F%2F10\.0\.0\.75/),
      ]
      await eventually(() => listed(registry, seen)).toEqual([
        expect.objectContaining({ ...seen.shown, status: 'up', keys: expect.arrayContaining(keys) }),
      ])
      const checked = await rollcall(registry, ['check-keys', '--severity', 'error', '-o', 'json'])
      expect([checked.status, JSON.parse(checked.stdout).items]).toEqual([0, []])
      await program.kill()
      await eventually(() => watched.told().at(-1)).toBe(`removed ${lineOf(seen)}`)
      expect(await listed(registry, seen)).toEqual([])
    })
  })
})
