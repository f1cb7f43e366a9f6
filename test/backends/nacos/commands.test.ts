import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { run, start } from '../../cli/run.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'

await describeWith('nacos', 'rollcall with Nacos', () => {
  let server: NacosServer
  beforeAll(async () => {
    server = await startNacos()
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const namespace = randomUUID()
  const rollcall = (line: string) => run(`${line} --registry nacos://${server.endpoint} -n ${namespace}`)
  const refused = async (line: string) => {
    const { status, stderr } = await rollcall(line)
    expect(status).toBe(2)
    return stderr
  }

  it('registers, and says under which id it will be read', async () => {
    const line =
      'register sre -e grpc://10.0.0.1:9000 -e http://10.0.0.1:8000 --version v1.0.0 --meta zone=a --id sre-1'
    const { status, stderr } = await rollcall(line)
    expect(status).toBe(0)
    expect(stderr).toContain('sre/sre-1 reads back as sre/10.0.0.1, because this registry stores no ids')
    expect(stderr).toMatch(
      /sre\/10\.0\.0\.1 will be unhealthy in \d+s and gone in \d+s; rollcall renew sre\/10\.0\.0\.1 --every/,
    )
    const { stdout } = await rollcall('ls sre --no-headers --columns id,status,version,endpoints')
    expect(stdout.trim().split(/\s{2,}/)).toEqual([
      '10.0.0.1',
      'up',
      'v1.0.0',
      expect.stringContaining('grpc://10.0.0.1:9000'),
    ])
  })

  it('shows an instance with its place and records', async () => {
    const { stdout } = await rollcall('get sre/10.0.0.1 -o json')
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'Instance',
      id: '10.0.0.1',
      metadata: { zone: 'a' },
      weight: 100,
      place: { namespace, group: 'DEFAULT_GROUP', cluster: 'DEFAULT' },
      keys: [
        `${namespace}/DEFAULT_GROUP@@sre.grpc/DEFAULT/10.0.0.1:9000`,
        `${namespace}/DEFAULT_GROUP@@sre.http/DEFAULT/10.0.0.1:8000`,
      ],
    })
  })

  it('takes it out of traffic and back, renews it once, waits for it', async () => {
    expect((await rollcall('offline sre/10.0.0.1')).status).toBe(0)
    expect((await rollcall('wait sre --timeout 0s')).status).toBe(1)
    expect((await rollcall('online sre/10.0.0.1')).status).toBe(0)
    expect((await rollcall('wait sre --timeout 5s')).status).toBe(0)
    expect((await rollcall('renew sre/10.0.0.1')).status).toBe(0)
  })

  it('makes an instance of each endpoint where they cannot be one', async () => {
    const { status } = await rollcall('register twins -e grpc://10.0.0.2:9000 -e grpc://10.0.0.2:9001')
    expect(status).toBe(0)
    const { stdout } = await rollcall('ls twins -o name')
    expect(stdout.split('\n').filter(Boolean)).toEqual(['twins/10.0.0.2:9000', 'twins/10.0.0.2:9001'])
  })

  it('refuses what Nacos cannot hold, with a way out', async () => {
    expect(await refused('ls --prefix /x')).toContain('no key prefix')
    expect(await refused('ls --layout aio')).toContain('no layout aio')
    expect(await refused('register x -e grpc://10.0.0.3:1/path')).toContain('would lose the rest')
    expect(await refused('register x -e grpc://10.0.0.3:1 --pod p')).toContain('--persistent')
    expect(await refused('register x -e grpc://10.0.0.3:1 --id a -e grpc://10.0.0.4:1')).toContain('stores no id')
  })

  it('finds what is wrong', async () => {
    const params = { namespaceId: namespace, ip: '10.0.0.9', port: '9000', metadata: '{"kind":"http"}' }
    await server.call('POST', '/v1/ns/instance', { ...params, serviceName: 'odd.grpc' })
    const { stdout } = await rollcall('check-keys odd -o json')
    const { items }: { items: { rule: string }[] } = JSON.parse(stdout)
    expect(items.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['RC2202', 'RC2203']))
    expect(items.map(({ rule }) => rule)).not.toContain('RC1301')
  })

  it('watches by asking again', async () => {
    const stop = new AbortController()
    const line = `watch live -o ndjson --registry nacos://${server.endpoint} -n ${namespace}`
    const watching = start(line, { signal: stop.signal })
    await expect.poll(() => watching.stdout.text(), { timeout: 20_000 }).toContain('"synced"')
    await rollcall('register live -e grpc://10.0.0.5:9000')
    await expect.poll(() => watching.stdout.text(), { timeout: 20_000 }).toContain('"added"')
    stop.abort(new RollcallError('interrupted', 'stopped'))
    await watching.ended
  })

  it('removes it, and says what follows', async () => {
    const plan = await rollcall('purge sre --status up --dry-run -o json --force')
    expect(JSON.parse(plan.stdout)).toMatchObject({
      kind: 'PurgePlan',
      records: [
        { comesBack: true, guarded: false, live: true },
        { comesBack: true, guarded: false, live: true },
      ],
    })
    expect((await rollcall('deregister sre/10.0.0.1')).status).toBe(0)
    expect((await rollcall('ls sre')).status).toBe(1)
  })

  it('imports into a service that was just emptied with a TTL alone, and says why', async () => {
    await rollcall('register emptied -e grpc://10.0.0.8:9000')
    const { stdout: stdin } = await rollcall('export emptied')
    expect((await rollcall('deregister emptied/10.0.0.8')).status).toBe(0)
    const line = `import - --registry nacos://${server.endpoint} -n ${namespace}`
    const emptied = await run(line, { stdin })
    expect(emptied).toMatchObject({
      status: 7,
      stderr: expect.stringContaining('give a --ttl, leave --persistent out'),
    })
    expect(emptied.stderr).toContain('a minute or two after the last is gone')
    expect(await run(`${line} --ttl 1m`, { stdin })).toMatchObject({ status: 0 })
  })

  it('says of an empty namespace which others hold services', async () => {
    await server.call('POST', '/v1/console/namespaces', { customNamespaceId: 'empty', namespaceName: 'empty' })
    const registry = `--registry nacos://${server.endpoint}`
    expect((await run(`register pay --id 10.0.0.9 -e grpc://10.0.0.9:9000 --persistent ${registry}`)).status).toBe(0)
    const { status, stderr } = await run(`ls -n empty ${registry}`)
    expect(status).toBe(0)
    expect(stderr).toContain('found similar ones under public (1 service): try -n')
  })

  it('lets what nobody renews be unhealthy, and then be gone, as register said', async () => {
    const { stderr } = await rollcall('register silent -e grpc://10.0.0.9:9000 --ttl 8s')
    expect(stderr).toMatch(/will be unhealthy in [1-8]s and gone in 1[0-6]s/)
    expect((await rollcall('wait silent --status unhealthy --timeout 30s')).status).toBe(0)
    expect((await rollcall('wait silent --gone --timeout 30s')).status).toBe(0)
  })
})
