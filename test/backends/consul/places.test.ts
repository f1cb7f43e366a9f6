import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { run } from '../../cli/run.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { emptyHome } from './home.ts'

const register = (server: ConsulServer, Name: string, ID: string, Address: string, more: object = {}) =>
  server.api('PUT', '/v1/agent/service/register', { Name, ID, Address, Port: 80, ...more })

const ttl = (id: string) => ({ Check: { TTL: '10m', CheckID: `service:${id}`, Status: 'passing' } })

await describeWith('consul', 'services of Consul that are hard to name', () => {
  let a: ConsulServer
  let b: ConsulServer
  let home: Awaited<ReturnType<typeof emptyHome>>
  beforeAll(async () => {
    a = await startConsul({ node: 'node-a' })
    b = await startConsul({ node: 'node-b', join: a })
    home = await emptyHome()
  })
  afterAll(async () => {
    for (const server of [b, a]) await server[Symbol.asyncDispose]()
    await home.remove()
  })

  const on = (server: ConsulServer, line: string | readonly string[], stdin?: string) =>
    run(line, {
      env: { ROLLCALL_REGISTRY: `consul://${server.endpoint}`, HOME: home.path },
      ...(stdin === undefined ? {} : { stdin }),
    })

  const shown = (service: string, ...names: readonly string[]) =>
    eventually(async () =>
      expect((await on(a, ['ls', service, '-o', 'name'])).stdout).toBe(names.map((name) => `${name}\n`).join('')),
    )

  it('lie under one id on two nodes: hints name what works, and it works', async () => {
    await register(a, 'twin', 'service-01', '10.9.0.1', ttl('service-01'))
    await register(b, 'twin', 'service-01', '10.9.0.2', ttl('service-01'))
    await shown('twin', 'twin/service-01', 'twin/service-01')
    expect(await on(a, 'deregister twin/service-01')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--raw-key dc1/node-a/service-01 or --raw-key dc1/node-b/service-01'),
    })
    const raw = JSON.parse((await on(a, 'get --raw-key dc1/node-b/service-01 -o json')).stdout)
    expect(raw).toMatchObject({ endpoints: ['http://10.9.0.2:80'], place: { node: 'node-b' } })
    for (const line of ['offline twin/service-01', 'online twin/service-01', 'renew twin/service-01'])
      expect(await on(b, `${line} -o json`)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('dc1/node-b/service-01'),
      })
    const both = `consul://${a.endpoint},${b.endpoint}`
    expect(await on(a, `offline twin/service-01 -r ${both}`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('narrow with the agent on node-a in the URL or the agent on node-b in the URL'),
    })
    expect(await on(b, 'deregister --raw-key dc1/node-b/service-01 --yes')).toMatchObject({ status: 0 })
    await shown('twin', 'twin/service-01')
    for (const key of ['dc1/node-b/service-01', 'dc1/node-z/x', 'dc9', ''])
      expect((await on(a, ['get', '--raw-key', key])).status).not.toBe(0)
  })

  it('have a slash in their name', async () => {
    await register(a, 'team/api', 'ta1', '10.8.1.2')
    await register(a, '/service.v1', 'lead-1', '10.8.1.3')
    await register(a, 'a%2Fb', 'escaped-1', '10.8.1.4')
    await shown('team/api', 'team%2Fapi/ta1')
    await shown('/service.v1', '%2Fservice.v1/lead-1')
    await shown('a%252Fb', 'a%252Fb/escaped-1')
    for (const line of [
      'get team/api/ta1',
      'get team%2Fapi/ta1',
      'get team%2Fapi ta1',
      'get --id ta1',
      'get /service.v1/lead-1',
      'get a%252Fb/escaped-1',
      'ls team%2Fapi',
      'ls team/api',
      'wait team/api --timeout 0s',
      'offline team/api/ta1',
      'online team/api/ta1',
    ])
      expect([line, (await on(a, line)).status]).toEqual([line, 0])
    const names = await on(a, 'ls --all --host 10.8.1.* -o name')
    expect(names.stdout).toBe('%2Fservice.v1/lead-1\na%252Fb/escaped-1\nteam%2Fapi/ta1\n')
    expect(await on(a, 'deregister - --yes --force', names.stdout)).toMatchObject({ status: 0 })
    expect((await on(a, 'ls --all --host 10.8.1.* -o name')).stdout).toBe('')
    expect(await on(a, 'get team/api/ta1')).toMatchObject({ status: 1 })
  })

  it.each([
    ['[2001:db8::54]', 'http://[2001:db8::54]:80'],
    ['2001:db8::55', 'http://[2001:db8::55]:80'],
    ['fe80::1%eth0', 'http://[fe80::1%25eth0]:80'],
    ['[fe80::2%eth0]', 'http://[fe80::2%25eth0]:80'],
  ])('are registered at %s, and dialled at %s', async (address, endpoint) => {
    await register(a, 'six', 'six-1', address)
    await eventually(
      async () => expect(JSON.parse((await on(a, 'get six/six-1 -o json')).stdout).endpoints).toEqual([endpoint]),
      {
        timeout: 10_000,
      },
    )
    expect((await on(a, 'check-keys six')).stdout).not.toContain('RC12')
    const host = endpoint.slice('http://'.length, -':80'.length).replace('%25', '%')
    expect((await on(a, ['ls', 'six', '--host', host, '-o', 'name'])).stdout).toBe('six/six-1\n')
  })
})
