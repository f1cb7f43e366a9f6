import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { freePorts } from '../../servers/ports.ts'
import { Relay } from '../../servers/relay.ts'
import { describeWith } from '../../servers/with-server.ts'
import { ask } from './ask.ts'

await describeWith('etcd', 'what is no etcd, or not reached', () => {
  let etcd: EtcdServer
  let tls: EtcdServer
  beforeAll(async () => {
    ;[etcd, tls] = await Promise.all([startEtcd(), startEtcd({ tls: true })])
  })
  afterAll(() => Promise.all([etcd, tls].map((server) => server[Symbol.asyncDispose]())))

  it('names a port on which nobody listens', async () => {
    const [port] = await freePorts(1)
    await expect(ask(`etcd://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'unreachable',
      message: `etcd: 127.0.0.1:${port}: connection refused`,
    })
  })

  it('names a host that does not exist', async () => {
    await expect(ask('etcd://nobody.invalid:2379')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        /^etcd: nobody\.invalid:2379: (there is no host of that name|its name cannot be looked up)$/,
      ),
    })
  })

  it('tells an HTTP server from etcd', async () => {
    await using web = await startWebServer()
    for (const scheme of ['etcd', 'etcds'])
      await expect(ask(`${scheme}://${web.endpoint}`)).rejects.toMatchObject({ code: 'wrong-server' })
    await expect(ask(`etcd://${web.endpoint}`)).rejects.toMatchObject({
      message: `etcd: ${web.endpoint}: is an HTTP server, not etcd`,
      hint: expect.stringContaining('port'),
    })
  })

  it('says which side speaks TLS and which does not', async () => {
    await expect(ask(`etcd://${tls.endpoint}`)).rejects.toMatchObject({
      code: 'wrong-server',
      message: `etcd: ${tls.endpoint}: speaks TLS only`,
      hint: expect.stringContaining('etcds://'),
    })
    await expect(ask(`etcds://${etcd.endpoint}`)).rejects.toMatchObject({
      code: 'wrong-server',
      message: `etcd: ${etcd.endpoint}: does not speak TLS`,
      hint: expect.stringContaining('etcd://'),
    })
  })

  it('gives up on a black hole after the time a request may take', async () => {
    await using relay = await Relay.to(etcd.port)
    relay.swallow()
    await expect(ask(`etcd://${relay.endpoint}`, { requestTimeout: 500 })).rejects.toMatchObject({
      code: 'timeout',
      message: `etcd: no answer from ${relay.endpoint} in 0.5s`,
    })
  })

  it('names every endpoint with its own error when none can be used', async () => {
    const [port] = await freePorts(1)
    await using relay = await Relay.to(etcd.port)
    relay.swallow()
    const url = `etcd://127.0.0.1:${port},${relay.endpoint},${tls.endpoint}`
    const error = await ask(url, { requestTimeout: 500 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unreachable' })
    for (const part of [`127.0.0.1:${port}: connection refused`, `no answer from ${relay.endpoint}`, 'speaks TLS only'])
      expect(error).toMatchObject({ message: expect.stringContaining(part) })
  })

  it('loses no time on a black hole beside an endpoint that answers', async () => {
    await using relay = await Relay.to(etcd.port)
    relay.swallow()
    // Whoever waited for it would wait longer than this test may take.
    expect(await ask(`etcd://${relay.endpoint},${etcd.endpoint}`, { requestTimeout: 600_000 })).toEqual(
      expect.any(Array),
    )
  })
})

await describeWith('etcd', 'etcd over TLS', () => {
  let etcd: EtcdServer
  let mutual: EtcdServer
  beforeAll(async () => {
    ;[etcd, mutual] = await Promise.all([startEtcd({ tls: true }), startEtcd({ tls: true, clientCertAuth: true })])
  })
  afterAll(() => Promise.all([etcd, mutual].map((server) => server[Symbol.asyncDispose]())))
  it('trusts the authority it is told of', () => ask(`etcds://${etcd.endpoint}`, tlsOf(etcd)))

  it('trusts nobody else', async () => {
    await expect(ask(`etcds://${etcd.endpoint}`)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('certificate that is not trusted'),
      hint: expect.stringContaining('`tls.cacert`'),
    })
    await ask(`etcds://${etcd.endpoint}`, { tls: { insecureSkipVerify: true } })
  })

  it('checks whom the certificate names', async () => {
    await ask(`etcds://${etcd.endpoint}`, tlsOf(etcd, { serverName: 'localhost' }))
    await expect(ask(`etcds://${etcd.endpoint}`, tlsOf(etcd, { serverName: 'other.example' }))).rejects.toMatchObject({
      code: 'unreachable',
      hint: expect.stringContaining('`tls.serverName`'),
    })
  })

  it('shows its own certificate where one is wanted', async () => {
    const { cert = '', key = '' } = mutual.tls ?? {}
    await ask(`etcds://${mutual.endpoint}`, tlsOf(mutual, { cert, key }))
    await expect(ask(`etcds://${mutual.endpoint}`, tlsOf(mutual))).rejects.toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('`tls.cert`'),
    })
    const { cert: otherCert = '', key: otherKey = '' } = etcd.tls ?? {}
    const others = tlsOf(mutual, { cert: otherCert, key: otherKey })
    await expect(ask(`etcds://${mutual.endpoint}`, others)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  describe('files', () => {
    it('names one that is not there', async () => {
      const tls = { cacert: '/no/such/ca.pem' }
      await expect(ask(`etcds://${etcd.endpoint}`, { tls })).rejects.toMatchObject({
        code: 'config',
        message: expect.stringContaining('/no/such/ca.pem'),
      })
    })

    it('names one that is no certificate', async () => {
      const tls = { cert: import.meta.filename, key: import.meta.filename }
      await expect(ask(`etcds://${etcd.endpoint}`, { tls })).rejects.toMatchObject({
        code: 'config',
        message: expect.stringContaining(import.meta.filename),
      })
    })
  })
})

function tlsOf(server: EtcdServer, more: Settings['tls'] = {}): Partial<Settings> {
  return { tls: { ...(server.tls ? { cacert: server.tls.authority.cacert } : {}), ...more } }
}

async function startWebServer(): Promise<AsyncDisposable & { endpoint: string }> {
  const server = createServer((_, answer) => answer.writeHead(404).end('nothing here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
