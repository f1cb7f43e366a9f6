import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { listed, openClient } from './open.ts'

/** Seconds. */
const TOKEN_TTL = 5
const WAIT = { timeout: 60_000, interval: 500 }
const sre = { id: '10.0.0.1', name: 'sre', endpoints: ['grpc://10.0.0.1:9000'] }

await describeWith('nacos', 'Nacos with users', () => {
  let server: NacosServer
  beforeAll(async () => {
    server = await startNacos({ auth: true, tokenTtl: TOKEN_TTL })
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const url = () => `nacos://${server.endpoint}`
  const admin = { user: 'nacos', password: 'nacos' }

  /** A server reads new users and rights every few seconds. */
  const make = async (user: string, right?: string) => {
    const login = await server.call('POST', '/v1/auth/login', { username: 'nacos', password: 'nacos' })
    const { accessToken }: { accessToken: string } = JSON.parse(login)
    const call = (path: string, params: Record<string, string>) => server.call('POST', path, params, accessToken)
    await call('/v1/auth/users', { username: user, password: user })
    if (right === undefined) return
    await call('/v1/auth/roles', { role: `R_${user}`, username: user })
    await call('/v1/auth/permissions', { role: `R_${user}`, resource: ':*:*', action: right })
  }

  it('lets its first user in as soon as it knows him', async () => {
    await using client = await openClient(url(), { ...admin, requestTimeout: 30_000 })
    await client.register(sre)
    expect(await listed(client)).toEqual(['sre/10.0.0.1 grpc://10.0.0.1:9000 up'])
  }, 120_000)

  it('asks for a login', async () => {
    await using client = await openClient(url())
    await expect(listed(client)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'nacos: a login is required to list the services of namespace public',
      hint: expect.stringContaining('NACOS_PASSWORD'),
    })
  })

  it('says whose login failed, and shows no password', async () => {
    await using client = await openClient(url(), { user: 'nacos', password: 'hushhush', requestTimeout: 5_000 })
    const error = await listed(client).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('the login of user "nacos" failed'),
    })
    expect(JSON.stringify(error) + String(error)).not.toContain('hushhush')
    await using unknown = await openClient(url(), { user: 'eve', password: 'x', requestTimeout: 5_000 })
    await expect(listed(unknown)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('says what a user may not do', async () => {
    await make('reader', 'r')
    await make('nobody')
    await using reader = await openClient(url(), { user: 'reader', password: 'reader', requestTimeout: 5_000 })
    await eventually(async () => expect(await listed(reader)).toHaveLength(1), WAIT)
    await expect(reader.register({ ...sre, id: 'other', endpoints: ['grpc://10.0.0.2:9000'] })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'nacos: the user "reader" has no permission to write DEFAULT_GROUP@@sre.grpc in namespace public',
    })
    await using nobody = await openClient(url(), { user: 'nobody', password: 'nobody', requestTimeout: 5_000 })
    await expect(listed(nobody)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'nacos: the user "nobody" has no permission to list the services of namespace public',
    })
  }, 120_000)

  it('gets a new token before and after the old one ends', async () => {
    await using client = await openClient(url(), admin)
    await listed(client)
    // Longer than a token lasts: nothing can be waited for but time.
    await delay(TOKEN_TTL * 1000 + 500)
    expect(await listed(client)).toBeInstanceOf(Array)
  })

  it('takes a token that was got elsewhere, and says when it is none', async () => {
    const login = await server.call('POST', '/v1/auth/login', { username: 'nacos', password: 'nacos' })
    const { accessToken }: { accessToken: string } = JSON.parse(login)
    await using client = await openClient(url(), { token: accessToken })
    expect(await listed(client)).toBeInstanceOf(Array)
    await using bad = await openClient(url(), { token: 'made-up' })
    await expect(listed(bad)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('refused this token'),
    })
  })
})
