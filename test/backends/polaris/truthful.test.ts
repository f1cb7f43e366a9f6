import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { type PolarisServer, startPolaris } from '../../servers/polaris/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { StrangeServer, bugsIn, everything } from '../strange-answers.ts'
import { openAt } from './open.ts'

await describeWith('polaris', 'answers about Polaris', () => {
  let server: PolarisServer
  beforeAll(async () => {
    server = await startPolaris()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const on = (line: string, token = '') =>
    run(`${line} -r polaris://${server.endpoint}`, { env: token === '' ? {} : { POLARIS_TOKEN: token } })

  it.each([
    'ls',
    'ls foo',
    'ls fo*',
    'stats',
    'check-keys',
    'purge --dry-run',
    'wait foo --gone --timeout 0s',
    'wait foo --gone --timeout 20s',
    'wait foo --timeout 0s',
    'get foo/a',
    'deregister foo/a --ignore-not-found',
  ])('refuse a namespace that there is not: %s', async (line) => {
    for (const [token, message] of [
      ['', 'polaris: no service lies in a namespace "nope": it does not exist, or is empty'],
      [server.token, 'polaris: there is no namespace "nope"'],
    ] as const) {
      const { status, stderr } = await on(`${line} -n nope`, token)
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
      expect(stderr).toMatch(/\((?:[^,]+ has|.+, .+ have) services\)/)
    }
  })

  it('take one that is empty, and one that registering makes', async () => {
    await server.api('POST', '/naming/v1/namespaces', [{ name: 'hollow' }])
    await expect.poll(async () => (await on('wait foo --gone --timeout 0s -n hollow', server.token)).status).toBe(0)
    expect((await on('ls')).status).toBe(0)
    expect((await on('register foo -e http://10.0.0.1:80 -n fresh')).status).toBe(0)
    expect((await on('ls foo -n fresh')).status).toBe(0)
    expect((await on('ls bar -n fresh')).status).toBe(1)
  })

  it.each([
    ['[2001:db8::54]', '[2001:db8::54]:8788'],
    ['2001:db8::55', '[2001:db8::55]:8788'],
  ])('name IPv6 addresses in one pair of brackets: %s', async (host, id) => {
    const service = `six-${host.length}`
    const instance = { namespace: 'default', service, host, port: 8788, protocol: 'http', weight: 100, healthy: true }
    await server.api('POST', '/v1/RegisterInstance', instance)
    await expect.poll(async () => (await on(`ls ${service}`)).status).toBe(0)
    const [item] = JSON.parse((await on(`ls ${service} -o json`)).stdout).items
    expect(item).toMatchObject({ id, endpoints: [`http://${id}`], keys: [`default/${service}/${id}`] })
    expect((await on(`deregister ${service}/${id}`)).status).toBe(0)
  })

  it('are no bug of ours, whichever of them is strange', async () => {
    await using front = await StrangeServer.start(server.endpoint)
    const ask = () =>
      everything(() => openAt(`polaris://${front.endpoint}`, { requestTimeout: 2_000 }), {
        name: 'odd',
        id: 'i-1',
        endpoints: ['grpc://10.0.0.1:9000'],
      })
    expect(bugsIn(await ask())).toEqual([])
    for (const route of front.routes)
      for (const body of [
        'null',
        '[]',
        '{"code":200000}',
        '{"code":200000,"services":[null],"instances":[{}]}',
        '<html>',
      ]) {
        front.answers = { route, body }
        expect([route, body, bugsIn(await ask())]).toEqual([route, body, []])
      }
  }, 400_000)
})
