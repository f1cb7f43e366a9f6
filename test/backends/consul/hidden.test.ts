import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { connect } from '../../../src/client/registry.ts'
import { run, start } from '../../cli/run.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { openAt, pagesOf, recordsOf } from './open.ts'

const MANAGER = '11111111-2222-3333-4444-555555555555'
const NODES = 'node_prefix "" { policy = "read" }'

await describeWith('consul', 'what a token does not show on Consul', () => {
  let server: ConsulServer
  let folder: string
  let url: string
  beforeAll(async () => {
    server = await startConsul({ managementToken: MANAGER })
    url = `consul://${server.endpoint}`
    folder = await mkdtemp(join(tmpdir(), 'rollcall-tokens-'))
    for (const [name, id] of [
      ['pay-api', 'pay-api-1'],
      ['other', 'other-1'],
      ['split.http', 'split-a-http'],
    ])
      await server.api('PUT', '/v1/agent/service/register', { ID: id, Name: name, Address: '10.0.0.1', Port: 80 })
    await using manager = await openAt(url, { token: MANAGER })
    await eventually(async () => expect(await recordsOf(manager)).toHaveLength(3))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  /** A command line of one whose token has these rules alone; without rules, of one who shows none. */
  async function as(rules: string | undefined): Promise<Record<string, string>> {
    const env = { ROLLCALL_REGISTRY: url, HOME: folder }
    return rules === undefined ? env : { ...env, CONSUL_HTTP_TOKEN: await tokenFor(rules) }
  }

  async function tokenFor(rules: string): Promise<string> {
    const name = `rules-${Buffer.from(rules).toString('hex').slice(-100)}`
    await server.api('PUT', '/v1/acl/policy', { Name: name, Rules: rules }).catch(() => {})
    const { SecretID: token } = await server.api<{ SecretID: string }>('PUT', '/v1/acl/token', {
      Policies: [{ Name: name }],
    })
    return token
  }

  const PAY = `service_prefix "pay-" { policy = "read" } ${NODES}`
  const NO_NODES = 'service_prefix "" { policy = "read" }'
  const EXACT = `service "split" { policy = "read" } ${NODES}`

  it.each([
    [PAY, 'wait other --gone --timeout 0s', 'there may be instances that you lack permission to read: Consul left out'],
    [
      PAY,
      'wait other --gone --timeout 20s',
      'there may be instances that you lack permission to read: Consul left out',
    ],
    [PAY, 'wait other --timeout 0s', 'there may be instances that you lack permission to read: Consul left out'],
    [PAY, 'wait other --timeout 300ms', 'there may be instances that you lack permission to read: Consul left out'],
    [PAY, 'deregister other/other-1 --ignore-not-found', 'no such instance of other can be seen: Consul left out'],
    [PAY, 'deregister other/other-1', 'no instance of other can be seen: Consul left out'],
    [PAY, 'deregister --id other-1 --ignore-not-found', 'no instance with the id other-1 can be seen'],
    [PAY, 'offline other/other-1', 'no instance of other can be seen'],
    [PAY, 'ls other', 'no instance of other can be seen'],
    [PAY, 'ls oth*', 'no instance of oth* can be seen'],
    [PAY, 'get other/other-1', 'no instance of other can be seen'],
    [PAY, 'get --id other-1', 'no instance with the id other-1 can be seen'],
    [PAY, 'purge other', 'no instance of other can be seen'],
    [PAY, 'stats other', 'no instance of other can be seen'],
    [PAY, 'pick other', 'no instance of other can be seen'],
    [NO_NODES, 'wait other --gone --timeout 0s', 'there may be instances that you lack permission to read'],
    [EXACT, 'wait split --gone --timeout 0s', 'there may be instances that you lack permission to read'],
    [
      undefined,
      'wait pay-api --gone --timeout 0s',
      'there may be instances that you lack permission to read: Consul leaves out',
    ],
    [
      undefined,
      'wait nothing-of-the-kind --gone --timeout 0s',
      'there may be instances that you lack permission to read: Consul leaves out',
    ],
    [undefined, 'deregister pay-api/pay-api-1 --ignore-not-found', 'can be seen: Consul leaves out'],
    [undefined, 'ls pay-api', 'no instance of pay-api can be seen'],
  ])('is never taken for gone: %s: %s', async (rules, line, message) => {
    const { status, stderr } = await run(line, { env: await as(rules) })
    expect({ status, stderr }).toEqual({ status: 4, stderr: expect.stringContaining(message) })
  })

  it('may be read under a key that is named, or is not said to be missing', async () => {
    const key = `dc1/${server.node}/other-1`
    expect(await run(`get --raw-key ${key}`, { env: await as(PAY) })).toMatchObject({ status: 4 })
    expect(await run(`get --raw-key ${key}`, { env: await as(undefined) })).toMatchObject({ status: 4 })
  })

  it.each([
    [PAY, 'wait pay-none --gone --timeout 0s', 0],
    [PAY, 'wait pay-api --gone --timeout 0s', 1],
    [PAY, 'ls pay-none', 1],
    [PAY, 'deregister pay-none/x --ignore-not-found', 0],
    [PAY, 'wait pay-api --timeout 0s', 0],
    [EXACT, 'wait split --gone --timeout 0s --layout kratos', 0],
  ])('leaves alone what the token shows: %s: %s', async (rules, line, status) => {
    expect(await run(line, { env: await as(rules) })).toMatchObject({ status })
  })

  it('is told by the first picture of a watch', async () => {
    const stop = new AbortController()
    const watching = start('watch other', { env: await as(PAY), signal: stop.signal })
    await expect.poll(() => watching.stdout.text()).toContain('synced')
    expect(watching.stderr.text()).toContain('left out what this token may not read')
    stop.abort()
    await watching.ended.catch(() => {})
  })

  it('is not taken for gone by the library', async () => {
    await using registry = await connect(url, { token: await tokenFor(PAY) })
    await expect(registry.deregister({ name: 'other', id: 'other-1' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(registry.deregister({ name: 'pay-none', id: 'x' })).resolves.toBeUndefined()
  })

  it('is nothing where anybody may read', async () => {
    await server.api('PUT', '/v1/acl/policy', { Name: 'all', Rules: `${NO_NODES} ${NODES}` })
    const anonymous = '00000000-0000-0000-0000-000000000002'
    await server.api('PUT', `/v1/acl/token/${anonymous}`, { Policies: [{ Name: 'all' }] })
    await using nobody = await openAt(url)
    await expect.poll(() => recordsOf(nobody, { services: ['other'] })).toHaveLength(1)
    for (const service of ['other', 'not-there'])
      expect((await pagesOf(nobody, { services: [service] }))[0]?.unreadable).toBeUndefined()
    await server.api('PUT', `/v1/acl/token/${anonymous}`, { Policies: [] })
  })
})

await describeWith('consul', "an agent of Consul's with a token for those who show none", () => {
  it('tells what is hidden as it does to one who shows that token', async () => {
    await using server = await startConsul({
      config: {
        acl: {
          enabled: true,
          default_policy: 'deny',
          tokens: { initial_management: MANAGER, agent: MANAGER, default: MANAGER },
        },
      },
    })
    await server.api('PUT', '/v1/agent/service/register', { ID: 'a', Name: 'sre', Address: '10.0.0.1', Port: 80 })
    await using backend = await openAt(`consul://${server.endpoint}`)
    await expect.poll(() => recordsOf(backend)).toHaveLength(1)
    for (const scope of [{}, { services: ['sre'] }, { services: ['gone'] }])
      expect((await pagesOf(backend, scope))[0]?.unreadable).toBeUndefined()
  })
})
