import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { collect } from '../../conformance/ground.ts'
import { openAt, pagesOf, recordsOf } from './open.ts'

const MANAGER = '11111111-2222-3333-4444-555555555555'
const ONCE = { settings: { noChecks: true } }

await describeWith('consul', 'a Consul that wants tokens', () => {
  let server: ConsulServer
  let url: string
  beforeAll(async () => {
    server = await startConsul({ managementToken: MANAGER })
    url = `consul://${server.endpoint}`
    for (const name of ['sre', 'pay'])
      await server.api('PUT', '/v1/agent/service/register', {
        ID: `${name}-1`,
        Name: name,
        Address: '10.0.0.1',
        Port: 80,
      })
    await using manager = await openAt(url, { token: MANAGER })
    await eventually(async () => expect(await recordsOf(manager)).toHaveLength(2))
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** A token with these rules alone. */
  async function tokenFor(name: string, rules: string): Promise<{ SecretID: string; AccessorID: string }> {
    await server.api('PUT', '/v1/acl/policy', { Name: name, Rules: rules })
    return await server.api('PUT', '/v1/acl/token', { Policies: [{ Name: name }] })
  }

  it('shows a reader of one service that service, and says that there is more', async () => {
    const { SecretID: token } = await tokenFor(
      'reads-sre',
      'service "sre" { policy = "read" } node_prefix "" { policy = "read" }',
    )
    await using backend = await openAt(url, { token })
    const pages = await pagesOf(backend)
    expect(pages.flatMap(({ records }) => records.map(({ service }) => service))).toEqual(['sre'])
    expect(pages[0]?.unreadable).toContain('left out what this token may not read')
    expect(await recordsOf(backend, { services: ['sre'] })).toHaveLength(1)
  })

  it('denies a reader every change, and names the right that he lacks', async () => {
    const { SecretID: token } = await tokenFor(
      'reads-all',
      'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" } agent_prefix "" { policy = "read" }',
    )
    await using backend = await openAt(url, { token })
    const seen = await recordsOf(backend)
    expect(seen).toHaveLength(2)
    const denied = backend.register({ name: 'new', id: 'n-1' }, ONCE)
    await expect(denied).rejects.toMatchObject({
      code: 'forbidden',
      message: 'consul: this token may not register "new": it lacks service:write on "new"',
    })
    const outcomes = [...(await collect(backend.remove(seen))), ...((await backend.setStatus?.(seen, 'down')) ?? [])]
    expect(outcomes.map(({ result, error }) => [result, (error as { code?: string } | undefined)?.code])).toEqual(
      outcomes.map(() => ['failed', 'forbidden']),
    )
    expect(JSON.stringify(outcomes.map(({ error }) => error?.message))).not.toContain(token)
    expect(await recordsOf(backend)).toHaveLength(2)
  })

  it('lets one who may write a service register, renew, take offline and remove it', async () => {
    const { SecretID: token } = await tokenFor(
      'writes-new',
      'service "new" { policy = "write" } node_prefix "" { policy = "read" } agent_prefix "" { policy = "read" }',
    )
    await using backend = await openAt(url, { token })
    const made = await backend.register({ name: 'new', id: 'n-2' }, { ttl: 20 })
    const done = [{ id: made.records[0]?.id, result: 'done' }]
    expect(await backend.renew?.(made.records)).toEqual(done)
    expect(await backend.setStatus?.(made.records, 'down')).toEqual(done)
    expect(await collect(backend.remove(made.records))).toEqual(done)
  })

  it('asks one without a token for one, and one with a wrong token for the right one', async () => {
    await using nobody = await openAt(url)
    expect((await pagesOf(nobody))[0]).toMatchObject({
      records: [],
      unreadable: expect.stringContaining('may not read'),
    })
    await expect(nobody.register({ name: 'new', id: 'n-3' }, ONCE)).rejects.toMatchObject({ code: 'unauthenticated' })
    const token = '99999999-2222-3333-4444-555555555555'
    await using wrong = await openAt(url, { token })
    const error: unknown = await recordsOf(wrong).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unauthenticated', message: 'consul: its servers do not know this token' })
    expect(String(error)).not.toContain(token)
  })

  it("takes the token from Consul's own variables, and from the file that they name", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-token-'))
    const file = join(folder, 'token')
    await writeFile(file, `${MANAGER}\n`)
    for (const [name, value] of [
      ['CONSUL_HTTP_TOKEN', MANAGER],
      ['CONSUL_HTTP_TOKEN_FILE', file],
    ] as const) {
      await using backend = await openAt('consul:', {}, { CONSUL_HTTP_ADDR: server.endpoint, [name]: value })
      expect(await recordsOf(backend)).toHaveLength(2)
    }
    await rm(folder, { recursive: true })
    await expect(openAt(url, {}, { CONSUL_HTTP_TOKEN_FILE: file })).rejects.toMatchObject({ code: 'config' })
  })

  it('ends a watch when its token is taken away', async () => {
    const { SecretID: token, AccessorID: accessor } = await tokenFor(
      'watches',
      'service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }',
    )
    await using backend = await openAt(url, { token, requestTimeout: 500 })
    const messages = backend.watch?.({}, { signal: new AbortController().signal })[Symbol.asyncIterator]()
    expect((await messages?.next())?.value).toEqual({ is: 'progress' })
    await server.api('DELETE', `/v1/acl/token/${accessor}`)
    await expect(messages?.next()).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('refuses namespaces and partitions where there are none', async () => {
    for (const query of ['?ns=team', '?partition=team']) {
      await using backend = await openAt(`${url}${query}`, { token: MANAGER })
      await expect(recordsOf(backend)).rejects.toMatchObject({ code: 'unsupported' })
    }
  })
})

await describeWith('consul', 'a Consul that speaks TLS', () => {
  it('is believed with its authority, shown a certificate, and named when something is wrong', async () => {
    await using server = await startConsul({ tls: true })
    const { authority, cert, key } = server.tls ?? {}
    const cacert = authority?.cacert
    const url = `consuls://${server.endpoint}`
    await using good = await openAt(url, { tls: { cacert, cert, key } })
    await expect
      .poll(async () => (await good.register({ name: 's', id: 's-1' }, ONCE)).records.length, { timeout: 20_000 })
      .toBe(1)
    expect(await recordsOf(good)).toHaveLength(1)
    const cases = [
      [url, { cert, key }, 'unreachable', 'certificate that is not trusted'],
      [url, { cacert, cert, key, serverName: 'elsewhere' }, 'unreachable', 'certificate that is not trusted'],
      [url, { cacert }, 'unauthenticated', 'wants a client certificate'],
      [url.replace('consuls', 'consul'), undefined, 'wrong-server', 'speaks TLS only'],
    ] as const
    for (const [at, tls, code, message] of cases) {
      await using backend = await openAt(at, tls ? { tls } : {})
      await expect(recordsOf(backend)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    }
    await using plain = await startConsul()
    await using wrong = await openAt(`consuls://${plain.endpoint}`, { tls: { cacert } })
    await expect(recordsOf(wrong)).rejects.toMatchObject({
      code: 'wrong-server',
      message: expect.stringContaining('does not speak TLS'),
    })
  })
})
