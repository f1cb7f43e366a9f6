import { afterAll, beforeAll, expect, it } from 'vitest'
import { Authority } from '../../servers/certificates.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { listed, clientAt } from './open.ts'

await describeWith('eureka', 'Eureka over TLS', () => {
  let server: EurekaServer
  let stranger: Authority
  beforeAll(async () => {
    server = await startEureka({ tls: true })
    stranger = await Authority.create()
  }, 600_000)
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await stranger.remove()
  })

  const secure = () => `eurekas://${server.endpoint}`
  const files = () => {
    if (!server.tls) throw new Error('the server has no certificate')
    const { authority, cert, key } = server.tls
    return { cacert: authority.cacert, cert, key }
  }

  it('is spoken to with a certificate on both sides', async () => {
    await using client = await clientAt(secure(), { tls: files() })
    await client.register({ id: 'i-1', name: 'sre', endpoints: ['grpc://10.0.0.1:9000'] })
    expect(await listed(client)).toEqual(['sre/i-1 up'])
  })

  it.each([
    [
      'an authority that is not trusted',
      () => ({ ...files(), cacert: stranger.cacert }),
      'unreachable',
      '`tls.cacert`',
    ],
    ['another name', () => ({ ...files(), serverName: 'elsewhere' }), 'unreachable', '`tls.serverName`'],
    ['no certificate of ours', () => ({ cacert: files().cacert }), 'unauthenticated', '`tls.cert`'],
  ])('says what is wrong with %s', async (_, tls, code, hint) => {
    await using client = await clientAt(secure(), { tls: tls() })
    await expect(listed(client)).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) })
  })

  it.each([{}, { user: 'u', password: 'p' }])('says that it speaks TLS only, to %o', async (who) => {
    await using client = await clientAt(`eureka://${server.endpoint}`, who)
    await expect(listed(client)).rejects.toMatchObject({
      code: 'wrong-server',
      hint: expect.stringContaining('eurekas://'),
    })
  })
})
