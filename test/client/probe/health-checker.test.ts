import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HealthChecker } from '../../../src/client/probe/health-checker.ts'
import { checkEndpoint } from '../../../src/client/probe/health.ts'
import { closed } from '../purge/speakers.ts'

let status = 200
let asked = 0
const paths: (string | undefined)[] = []
const server = createServer(({ url }, response) => {
  asked++
  paths.push(url)
  response.writeHead(status).end()
})
let endpoint: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

/** Answers with that status until it was asked so many times more. */
async function answer(with_: number, times: number): Promise<void> {
  status = with_
  const until = asked + times
  await expect.poll(() => asked, { interval: 1 }).toBeGreaterThanOrEqual(until)
}

describe('one endpoint', () => {
  it('is checked by what it is asked for', async () => {
    status = 200
    paths.length = 0
    expect(await checkEndpoint(endpoint)).toMatchObject({ healthy: true, check: 'http' })
    status = 404
    expect(await checkEndpoint(endpoint, { path: '/ready?deep=1' })).toMatchObject({
      healthy: false,
      reason: 'GET /ready?deep=1 answered 404',
    })
    expect(paths).toEqual(['/health', '/ready?deep=1'])
    expect(await checkEndpoint(endpoint.slice('http://'.length))).toMatchObject({ healthy: true, check: 'tcp' })
    await expect(checkEndpoint('http://h')).rejects.toMatchObject({ code: 'usage' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(checkEndpoint(endpoint, { signal })).rejects.toThrow('enough')
  })
})

describe('a health checker', () => {
  it('tells who is healthy, and what the last check found', async () => {
    status = 200
    const dead = `tcp://${await closed()}`
    await using checker = new HealthChecker([dead, endpoint], { every: 10 })
    expect(checker.healthy()).toEqual([])
    expect(checker.lastCheck(endpoint)).toBeUndefined()
    await expect.poll(() => checker.healthy()).toEqual([endpoint])
    await expect.poll(() => checker.lastCheck(dead)).toMatchObject({ healthy: false, reason: 'refused the connection' })
    expect(checker.lastCheck(endpoint)).toMatchObject({ healthy: true, check: 'http', at: expect.any(Number) })
  })

  it('believes a change only after so many checks in a row', async () => {
    status = 200
    await using checker = new HealthChecker([endpoint], { every: 1, down: 1e6, up: 1 })
    await expect.poll(() => checker.healthy()).toEqual([endpoint])
    await answer(503, 5)
    await expect.poll(() => checker.lastCheck(endpoint)?.healthy).toBe(false)
    expect(checker.healthy()).toEqual([endpoint])
  })

  it('turns down, and up again', async () => {
    status = 200
    await using checker = new HealthChecker([endpoint], { every: 1, down: 3, up: 2 })
    await expect.poll(() => checker.healthy()).toEqual([endpoint])
    await answer(503, 3)
    await expect.poll(() => checker.healthy()).toEqual([])
    await answer(200, 2)
    await expect.poll(() => checker.healthy()).toEqual([endpoint])
  })

  it('asks nobody any more once it is closed, and nobody who cannot be asked', async () => {
    status = 200
    const checker = new HealthChecker([endpoint], { every: 1 })
    await answer(200, 2)
    await checker[Symbol.asyncDispose]()
    const last = checker.lastCheck(endpoint)
    await new Promise((resolve) => setImmediate(resolve))
    expect(checker.lastCheck(endpoint)).toBe(last)
    expect(() => new HealthChecker(['udp://10.0.0.1:53'])).toThrow('has no address to check')
  })
})
