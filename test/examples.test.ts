import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../src/index.ts'
import { type ExamplePrograms, buildExamples } from './example-programs.ts'

let programs: ExamplePrograms
beforeAll(async () => {
  programs = await buildExamples(['register-and-keep-alive', 'renew-service', 'discover', 'watch', 'scan-malformed'])
})
afterAll(() => programs[Symbol.asyncDispose]())

/** The URL of an embedded registry of its own. */
const registryOf = (name: string): string => `file:${join(programs.folder, `${name}.db`)}`

describe('the examples', () => {
  it('register, keep alive, and deregister when the block ends', async () => {
    const url = registryOf('kept')
    expect(await programs.printed('register-and-keep-alive', url)).toEqual([
      'registered',
      '/microservices/orders/orders-1 for 15 seconds, and again every 5000 ms',
      'orders-1 grpc://10.0.0.7:9000',
    ])
    await using registry = await connect(url)
    expect(await registry.getService('orders', { all: true })).toEqual([])
  })

  it('renew what is registered, and leave it as it is', async () => {
    const url = registryOf('renewed')
    expect(await programs.printed('renew-service', url)).toEqual(['user-service-1 is renewed every 10 s', 'up'])
    await using registry = await connect(url)
    expect(await registry.getService('user-service')).toMatchObject([{ id: 'user-service-1' }])
  })

  it('discover from memory', async () => {
    expect(await programs.printed('discover', registryOf('discover'))).toEqual(['dial 10.0.0.7:9000', 'up to date'])
  })

  it('watch the whole list', async () => {
    expect(await programs.printed('watch', 'memory:')).toEqual([
      'at first: 0',
      'registered: orders-1',
      'deregistered: 0',
    ])
  })

  it('scan what is malformed', async () => {
    const url = registryOf('malformed')
    await using registry = await connect(url)
    await registry.register({ name: 'orders', id: 'orders-1' }, { keepAlive: false })
    const body = Buffer.from('{"id":"host-7","name":"","version":"","metadata":null,"endpoints":null}')
    const lost = { id: '/microservices//host-7', service: '', body, ttlGranted: null }
    for await (const outcome of registry.client.restore([lost])) expect(outcome.result).toBe('done')
    const lines = await programs.printed('scan-malformed', url)
    expect(lines).toHaveLength(3)
    expect(lines).toContain('orders orders-1 up')
    expect(lines.find((line) => line.startsWith('/microservices//host-7'))).toContain(' empty-name ')
    expect(lines.at(-1)).toBe('1 malformed')
  })
})
