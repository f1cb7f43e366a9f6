import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run, start } from '../../cli/run.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { STRANGE, StrangeServer, bugsIn, everything } from '../strange-answers.ts'
import { openNacos } from './open.ts'

await describeWith('nacos', 'answers about Nacos', () => {
  let server: NacosServer
  beforeAll(async () => {
    server = await startNacos()
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const on = (line: string) => run(`${line} -r nacos://${server.endpoint}`)

  const put = (namespaceId: string, serviceName: string, ip: string, port: number) =>
    server.call('POST', '/v1/ns/instance', { namespaceId, serviceName, ip, port: String(port) })

  it("take a namespace's name for no id", async () => {
    await server.call('POST', '/v1/console/namespaces', { customNamespaceId: 'a1b2c3', namespaceName: 'dev' })
    await put('a1b2c3', 'indev', '10.0.0.1', 80)
    await expect.poll(async () => (await on('ls indev -n a1b2c3')).status).toBe(0)
    for (const line of [
      'ls -n dev',
      'ls indev -n dev',
      'wait indev --gone --timeout 0s -n dev',
      'deregister indev/x --ignore-not-found -n dev',
      'register indev -e http://10.0.0.2:80 -n dev',
      'check-keys -n dev',
    ]) {
      const { status, stderr } = await on(line)
      expect([line, status, stderr]).toEqual([
        line,
        2,
        expect.stringMatching(/"dev" is the name of the namespace a1b2c3\n.*use -n a1b2c3/),
      ])
    }
    expect(
      JSON.parse(await server.call('GET', '/v1/ns/service/list', { namespaceId: 'dev', pageNo: '1', pageSize: '9' })),
    ).toMatchObject({
      count: 0,
    })
  })

  it('warn of a namespace that nobody created, once, and let it be used', async () => {
    const never = /no namespace has the id "never": it was never created, or is misspelt/g
    for (const [line, status] of [
      ['ls -n never', 0],
      ['wait indev --gone --timeout 0s -n never', 0],
      ['wait indev --timeout 0s -n never', 1],
      ['wait indev --timeout 5s -n never', 124],
    ] as const) {
      const ran = await on(line)
      expect([line, ran.status, ran.stderr.match(never)?.length]).toEqual([line, status, 1])
    }
    expect((await on('register indev -e http://10.0.0.2:80 -n never')).status).toBe(0)
    expect((await on('ls indev -n never')).stderr).not.toMatch(never)
    expect((await on('ls -n public')).stderr).not.toMatch(/no namespace/)
  })

  it('are told by the first picture of a watch', async () => {
    const stop = new AbortController()
    const watching = start(`watch indev -n nobodys -r nacos://${server.endpoint}`, { signal: stop.signal })
    await expect.poll(() => watching.stdout.text()).toContain('synced')
    expect(watching.stderr.text()).toContain('no namespace has the id "nobodys"')
    stop.abort()
    await watching.ended.catch(() => {})
  })

  it.each([
    ['[2001:db8::54]', 'grpc://[2001:db8::54]:8788', '[2001:db8::54]:8788'],
    ['2001:db8::55', 'grpc://[2001:db8::55]:8788', '[2001:db8::55]:8788'],
    ['fe80::1%eth0', 'grpc://[fe80::1%25eth0]:8788', '[fe80::1%eth0]:8788'],
  ])('name IPv6 addresses in one pair of brackets: %s', async (ip, endpoint, id) => {
    const namespaceId = randomUUID()
    await put(namespaceId, 'six', ip, 8788)
    await expect.poll(async () => (await on(`ls six -n ${namespaceId}`)).status).toBe(0)
    const [item] = JSON.parse((await on(`ls six -n ${namespaceId} -o json`)).stdout).items
    expect(item).toMatchObject({
      id,
      endpoints: [endpoint],
      keys: [`${namespaceId}/DEFAULT_GROUP@@six/DEFAULT/${ip}:8788`],
    })
    expect((await on(`check-keys six -n ${namespaceId}`)).stdout).not.toContain('RC12')
  })

  it('have a name with a slash', async () => {
    const namespaceId = randomUUID()
    await put(namespaceId, 'team/api', '10.0.0.3', 80)
    await expect
      .poll(async () => (await on(`ls team/api -o name -n ${namespaceId}`)).stdout)
      .toBe('team%2Fapi/10.0.0.3:80\n')
    expect((await on(`get team/api/10.0.0.3:80 -n ${namespaceId}`)).status).toBe(0)
  })

  it('are no bug of ours, whichever of them is strange', async () => {
    await using front = await StrangeServer.start(server.endpoint)
    const ask = () =>
      everything(() => openNacos(`nacos://${front.endpoint}`, { requestTimeout: 2_000 }), {
        name: 'odd',
        id: 'i-1',
        endpoints: ['grpc://10.0.0.1:9000'],
      })
    expect(bugsIn(await ask())).toEqual([])
    for (const route of front.routes)
      for (const body of STRANGE.slice(0, 5)) {
        front.answers = { route, body }
        expect([route, body, bugsIn(await ask())]).toEqual([route, body, []])
      }
  }, 400_000)
})
