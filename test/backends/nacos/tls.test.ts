import { afterAll, beforeAll, expect, it } from 'vitest'
import { Authority } from '../../servers/certificates.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { listed, openClient } from './open.ts'

await describeWith('nacos', 'Nacos over TLS', () => {
  let server: NacosServer
  let stranger: Authority
  beforeAll(async () => {
    server = await startNacos({ tls: true })
    stranger = await Authority.create()
  }, 240_000)
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await stranger.remove()
  })

  const secure = () => `nacoss://${server.endpoint}`
  const files = () => {
    if (!server.tls) throw new Error('the server has no certificate')
    const { authority, cert, key } = server.tls
    return { cacert: authority.cacert, cert, key }
  }

  it('is spoken to with a certificate on both sides', async () => {
    await using client = await openClient(secure(), { tls: files() })
    await client.register({ id: '10.0.0.1', name: 'sre', endpoints: ['grpc://10.0.0.1:9000'] })
    expect(await listed(client)).toEqual(['sre/10.0.0.1 grpc://10.0.0.1:9000 up'])
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
    await using client = await openClient(secure(), { tls: tls() })
    await expect(listed(client)).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) })
  })

  it.each([{}, { user: 'nacos', password: 'nacos' }])('says that it speaks TLS only, to %o', async (who) => {
    await using client = await openClient(`nacos://${server.endpoint}`, who)
    await expect(listed(client)).rejects.toMatchObject({
      code: 'wrong-server',
      hint: expect.stringContaining('nacoss://'),
    })
  })
})
