import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../../cli/run.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { StrangeServer, bugsIn, everything } from '../strange-answers.ts'
import { openAt } from './open.ts'

await describeWith('eureka', 'rollcall with Eureka', () => {
  let server: EurekaServer
  beforeAll(async () => {
    server = await startEureka()
  }, 600_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const rollcall = (line: string) => run(`${line} -r eureka://${server.endpoint}`)

  it('registers, and shows what Eureka knows', async () => {
    const line =
      'register sre -e grpc://10.0.0.1:9000 -e http://10.0.0.1:8000 --version v1.0.0 --meta zone=a --id sre-1'
    expect((await rollcall(`${line} --ttl 300s`)).status).toBe(0)
    const { stdout } = await rollcall('get sre/sre-1 -o json')
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'Instance',
      id: 'sre-1',
      name: 'sre',
      version: 'v1.0.0',
      metadata: { zone: 'a' },
      endpoints: ['http://10.0.0.1:8000', 'grpc://10.0.0.1:9000'],
      status: 'up',
      ttl: { granted: 300 },
      registeredAt: expect.any(String),
      startedAt: expect.any(String),
      renewedAt: expect.any(String),
      keys: ['SRE/10.0.0.1:SRE:8000', 'SRE/10.0.0.1:SRE:9000'],
    })
    expect((await rollcall('ls SRE -o name')).stdout).toBe('sre/sre-1\n')
    expect((await rollcall(line.replace('zone=a', 'zone=b'))).status).toBe(7)
  })

  it('refuses what Eureka cannot hold, with a way out', async () => {
    for (const [line, message] of [
      ['ls --prefix /x', 'no key prefix'],
      ['ls --layout aio', 'no layout aio'],
      ['register x -e grpc://10.0.0.3:1 --ttl none', 'every registration has a lease'],
      ['register x -e grpc://10.0.0.3:1/path', 'would lose the rest'],
    ] as const) {
      const { status, stderr } = await rollcall(line)
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)])
    }
  })

  it('puts back into traffic what an override took out, and nothing else', async () => {
    await server.call('POST', '/apps/OWN', {
      instance: {
        instanceId: 'own',
        app: 'OWN',
        hostName: 'own',
        ipAddr: '10.0.0.4',
        status: 'DOWN',
        port: { $: 80, '@enabled': 'true' },
        dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
      },
    })
    const refused = await rollcall('online OWN/own')
    expect([refused.status, refused.stderr]).toEqual([6, expect.stringContaining('DOWN by its own report')])
    expect((await rollcall('offline OWN/own')).status).toBe(0)
    expect((await rollcall('ls OWN --no-headers --columns status')).stdout.trim()).toBe('maintenance')
  })

  it('purges nothing by default, and what is overdue when it is asked to; and puts it back', async () => {
    await rollcall('register old -e grpc://10.0.0.5:1 --id old-1 --ttl 1s')
    await expect
      .poll(async () => (await rollcall('ls old --no-headers --columns status')).stdout.trim(), { timeout: 60_000 })
      .toBe('expired')
    const byDefault = await rollcall('purge --yes')
    expect(byDefault.stderr).toContain('self-preservation: Eureka keeps')
    const purged = await rollcall('purge old --status expired --yes --force')
    expect([purged.status, purged.stderr]).toEqual([0, expect.stringContaining('1 record removed')])
    expect((await rollcall('ls old')).status).toBe(1)
    const [, id] = /rollcall undo (\S+) /.exec(purged.stderr) ?? []
    expect((await rollcall(`undo ${id} --yes`)).status).toBe(0)
    expect((await rollcall('ls old -o name')).stdout).toBe('old/old-1\n')
  }, 120_000)

  it('is no bug of ours, whichever answer is strange', async () => {
    await using front = await StrangeServer.start(server.endpoint)
    const ask = () =>
      everything(() => openAt(`eureka://${front.endpoint}`, { requestTimeout: 5_000 }), {
        name: 'odd',
        id: 'i-1',
        endpoints: ['grpc://10.0.0.9:9000'],
      })
    expect(bugsIn(await ask())).toEqual([])
    for (const route of front.routes)
      for (const body of ['null', '[]', '{"applications":null}', '{"instance":[]}', '<html>']) {
        front.answers = { route, body }
        expect([route, body, bugsIn(await ask())]).toEqual([route, body, []])
      }
  }, 600_000)
})
