import { createServer } from 'node:tls'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { collect } from '../../conformance/ground.ts'
import { Authority } from '../../servers/certificates.ts'
import { type PolarisServer, startPolaris } from '../../servers/polaris/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openAt, recordsOf, targetAt } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }
const LONG = { ttl: 60 }

await describeWith('polaris', 'a Polaris that wants tokens of everybody', () => {
  let server: PolarisServer
  let url: string
  let reader: string
  beforeAll(async () => {
    server = await startPolaris({ clientAuth: true })
    url = `polaris://${server.endpoint}`
    reader = await server.addReader('reader', 'reader-123')
    await using owner = await openAt(url, { token: server.token })
    await owner.register(SRE, LONG)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('lets a reader read, and denies every change of his, naming what and who', async () => {
    await using backend = await openAt(url, { token: reader })
    const seen = await recordsOf(backend)
    expect(seen).toHaveLength(1)
    await expect(
      backend.register({ ...SRE, id: 'i-2', endpoints: ['grpc://10.0.0.2:9000'] }, LONG),
    ).rejects.toMatchObject({
      code: 'forbidden',
      message: 'polaris: the user of this token may not register default/sre/10.0.0.2:9000',
    })
    const removed = await collect(backend.remove(seen))
    expect(removed).toMatchObject([{ result: 'failed', error: { code: 'forbidden' } }])
    expect(await backend.setStatus?.(seen, 'down')).toMatchObject([{ result: 'failed', error: { code: 'forbidden' } }])
    expect(JSON.stringify(removed.map(({ error }) => error?.message))).not.toContain(reader)
    expect(await recordsOf(backend)).toEqual(seen)
  })

  it('tells who looks into an empty namespace of the others that hold services', async () => {
    await using empty = await openAt(`${url}?namespace=Production`, { token: reader })
    expect(await empty.alternatives?.()).toEqual([
      { place: 'default', option: 'namespace', count: 1, unit: 'service', more: false },
    ])
  })

  it('asks one without a token for one, and one with a wrong token for the right one', async () => {
    await using nobody = await openAt(url)
    await expect(recordsOf(nobody)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'polaris: a token is required to read the services of namespace default',
      hint: expect.stringContaining('POLARIS_TOKEN'),
    })
    await using wrong = await openAt(url, { token: 'not-a-token' })
    const error: unknown = await recordsOf(wrong).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unauthenticated' })
    expect(String(error)).not.toContain('not-a-token')
  })

  it('takes the token from POLARIS_TOKEN, and from a login with a password', async () => {
    await using fromVariable = await openAt(url, {}, { POLARIS_TOKEN: server.token })
    expect(await recordsOf(fromVariable)).toHaveLength(1)
    await using main = await openAt(url, { user: 'polaris', password: 'polaris' })
    expect(await recordsOf(main)).toHaveLength(1)
    await using owned = await openAt(url, { user: 'polaris/reader', password: 'reader-123' })
    expect(await recordsOf(owned)).toHaveLength(1)
    for (const [user, password, said] of [
      ['polaris', 'wrong-word', 'name or password is wrong'],
      ['reader', 'reader-123', 'there is no user "reader"'],
    ] as const) {
      await using backend = await openAt(url, { user, password })
      const error: unknown = await recordsOf(backend).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(said) })
      expect(String(error)).not.toContain(password)
    }
    expect(() => targetAt(url, { user: 'polaris' })).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('leaves the times of heartbeats out for one who may not see them', async () => {
    await using owner = await openAt(url, { token: server.token })
    await owner.renew?.(await recordsOf(owner))
    const [told] = await recordsOf(owner, {}, { detail: true })
    const reading = told && owner.read(told, Date.now())
    expect(reading).toMatchObject({ observed: { renewedAt: expect.any(Number), ttl: { granted: 60 } } })
    await using open = await openAt(url, { token: reader })
    expect(await recordsOf(open, {}, { detail: true })).toHaveLength(1)
  })
})

await describeWith('polaris', 'a Polaris whose console alone wants a token', () => {
  it('lets anybody register and remove, and says what offline takes', async () => {
    await using server = await startPolaris()
    await using backend = await openAt(`polaris://${server.endpoint}`)
    await backend.register(SRE, LONG)
    const seen = await recordsOf(backend, {}, { detail: true })
    expect(await backend.setStatus?.(seen, 'down')).toMatchObject([
      {
        result: 'failed',
        error: { code: 'unauthenticated', message: 'polaris: a token is required to isolate instances' },
      },
    ])
    expect(await collect(backend.remove(seen))).toEqual([{ id: seen[0]?.id, result: 'done' }])
  })
})

await describeWith('polaris', 'a Polaris behind TLS', () => {
  it('is believed with its authority, shown a certificate, and named when something is wrong', async () => {
    await using server = await startPolaris()
    const authority = await Authority.create()
    const [own, client] = [await authority.issue('polaris'), await authority.issue('client')]
    const [cert, key, ca] = await Promise.all([own.cert, own.key, authority.cacert].map((file) => readFile(file)))
    // Polaris serves no TLS itself: it stands behind something that does.
    const proxy = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (socket) => {
      const inner = connect(server.port, '127.0.0.1')
      socket.pipe(inner).pipe(socket)
      for (const end of [socket, inner])
        end
          .on('error', () => {})
          .once('close', () => {
            socket.destroy()
            inner.destroy()
          })
    })
    proxy.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const url = `polariss://127.0.0.1:${port}`
    const { cacert } = authority
    await using good = await openAt(url, { tls: { cacert, ...client } })
    await good.register(SRE, LONG)
    expect(await recordsOf(good)).toHaveLength(1)
    const cases = [
      [url, { ...client }, 'unreachable', 'certificate that is not trusted'],
      [url, { cacert, ...client, serverName: 'elsewhere' }, 'unreachable', 'certificate that is not trusted'],
      [url, { cacert }, 'unauthenticated', 'wants a client certificate'],
      [`polariss://${server.endpoint}`, { cacert }, 'wrong-server', 'does not speak TLS'],
    ] as const
    for (const [at, tls, code, message] of cases) {
      await using backend = await openAt(at, { tls })
      await expect(recordsOf(backend)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    }
    expect(() => targetAt(`polaris://127.0.0.1:${port}`, { tls: { cacert } })).toThrow('without TLS')
    proxy.close()
    await authority.remove()
  })
})
