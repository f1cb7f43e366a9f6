import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { type AnsweredRecord, type AskedClient, answerOf } from '../../cli/frameworks.ts'
import { run } from '../../cli/run.ts'
import { type Shown, asAnswered } from '../../frameworks/as-answered.ts'
import { Ground } from '../../server/ground.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { emptyHome } from './home.ts'

interface Sample {
  readonly client: AskedClient
  readonly records: readonly (AnsweredRecord & {
    readonly Service: Readonly<Record<'ID' | 'Service' | 'Address', string>> & {
      readonly Tags: readonly string[]
      readonly Port: number
      readonly Meta: object
      readonly Weights: object
    }
  })[]
}

/** A service as it was captured, with a check that lives by heartbeats and has had its first, and what its client answers. */
async function captured(name: string) {
  const file = new URL(`../../fixtures/frameworks/consul-${name}.json`, import.meta.url)
  const { client, records }: Sample = JSON.parse(await readFile(file, 'utf8'))
  const [record] = records
  const answered = record && answerOf(client, record)
  if (!answered) throw new Error(`${name} has no record with its client's answer`)
  const { Service: Name, ID, Tags, Address, Port, Meta, Weights } = record.Service
  return { answered, body: { Name, ID, Tags, Address, Port, Meta, Weights, Check: PASSING } }
}

const CAPTURED = ['gomicro', 'gf', 'spring']

const PASSING = { TTL: '10m', Status: 'passing' }

/** As their registries send it; see docs/backends/consul.md. */
const WRITTEN = [
  {
    Name: 'item',
    ID: 'item:10.0.0.1:8888',
    Address: '10.0.0.1',
    Port: 8888,
    Tags: ['zone:a', 'url:http://x'],
    Weights: { Passing: 10, Warning: 10 },
    Check: PASSING,
  },
  {
    Name: 'item',
    ID: 'item:10.0.0.2:8888',
    Address: '10.0.0.2',
    Port: 8888,
    Meta: { zone: 'b' },
    Weights: { Passing: 20, Warning: 20 },
    Check: PASSING,
  },
  {
    Name: 'tls',
    ID: 'tls-8443',
    Address: '10.0.0.3',
    Port: 8443,
    Meta: { secure: 'true', version: 'x' },
    Tags: ['Canary'],
  },
  { Name: 'tls', ID: 'tls-8444', Address: '10.0.0.3', Port: 8444, Tags: ['secure=true'] },
  {
    Name: 'worn',
    ID: 'worn-1',
    Address: '10.0.0.4',
    Port: 80,
    Weights: { Passing: 9, Warning: 2 },
    Check: { TTL: '10m', Status: 'warning' },
  },
  {
    Name: 'web-sidecar-proxy',
    ID: 'web-1-sidecar-proxy',
    Kind: 'connect-proxy',
    Address: '10.0.0.5',
    Port: 21_000,
    Tags: ['version=v1.0.0'],
    Proxy: { DestinationServiceName: 'web', DestinationServiceID: 'web-1' },
  },
  { Name: 'edge', ID: 'edge', Kind: 'mesh-gateway', Address: '10.0.0.6', Port: 8443 },
  { Name: 'odd', ID: 'odd:10.0.0.7:80', Address: '10.0.0.7', Port: 80, Tags: ['plain', 'k:v'] },
]

/** `{service}/{id}` and what is read there: the instance as the framework's own client has it, and what Consul says of it. */
const READ: Readonly<Record<string, object>> = {
  'greeter/greeter-8f1': {
    version: 'latest',
    metadata: { broker: 'http', protocol: 'grpc', registry: 'etcd', server: 'grpc', transport: 'grpc' },
    endpoints: ['grpc://127.0.0.1:50051'],
    status: 'up',
    layout: 'plain',
  },
  'hello/hello-v1.0.0-127.0.0.1:8000': {
    version: 'v1.0.0',
    metadata: { insecure: 'true', protocol: 'http' },
    endpoints: ['http://127.0.0.1:8000'],
    status: 'up',
    tags: ['v1.0.0'],
    layout: 'plain',
  },
  'order-service/order-service-0': {
    version: '',
    metadata: { secure: 'false', zone: 'z1' },
    endpoints: ['http://127.0.0.1:36291'],
    status: 'up',
    layout: 'plain',
  },
  'item/item:10.0.0.1:8888': {
    version: '',
    metadata: { zone: 'a', url: 'http://x' },
    endpoints: ['tcp://10.0.0.1:8888'],
    status: 'up',
    weight: 10,
    tags: ['zone:a', 'url:http://x'],
    layout: 'plain',
  },
  'item/item:10.0.0.2:8888': {
    version: '',
    metadata: { zone: 'b' },
    endpoints: ['http://10.0.0.2:8888'],
    status: 'up',
    weight: 20,
    layout: 'plain',
  },
  'tls/tls-8443': {
    version: '',
    metadata: { secure: 'true', version: 'x' },
    endpoints: ['https://10.0.0.3:8443'],
    status: 'up',
    tags: ['Canary'],
    layout: 'plain',
  },
  'tls/tls-8444': {
    version: '',
    metadata: {},
    endpoints: ['https://10.0.0.3:8444'],
    status: 'up',
    tags: ['secure=true'],
    layout: 'plain',
  },
  'worn/worn-1': {
    version: '',
    metadata: {},
    endpoints: ['http://10.0.0.4:80'],
    status: 'warning',
    weight: 2,
    layout: 'plain',
  },
  'web-sidecar-proxy/web-1-sidecar-proxy': {
    version: 'v1.0.0',
    metadata: {},
    endpoints: ['tcp://10.0.0.5:21000'],
    status: 'up',
    tags: ['version=v1.0.0'],
    serviceKind: 'connect-proxy',
    layout: 'plain',
  },
  'edge/edge': {
    version: '',
    metadata: {},
    endpoints: ['tcp://10.0.0.6:8443'],
    status: 'up',
    serviceKind: 'mesh-gateway',
    layout: 'plain',
  },
  'odd/odd:10.0.0.7:80': {
    version: '',
    metadata: {},
    endpoints: ['http://10.0.0.7:80'],
    status: 'up',
    tags: ['plain', 'k:v'],
    layout: 'plain',
  },
}

const OTHER_FIELDS = new Set(['id', 'name', 'reason', 'owner', 'place', 'keys'])

/** What is read, without the fields that each instance of this agent has. */
const read = (all: readonly Record<string, unknown>[]) =>
  Object.fromEntries(
    all.map((item) => [
      `${String(item['name'])}/${String(item['id'])}`,
      Object.fromEntries(Object.entries(item).filter(([field]) => !OTHER_FIELDS.has(field))),
    ]),
  )

await describeWith('consul', 'records of other frameworks on Consul', () => {
  let server: ConsulServer
  let home: Awaited<ReturnType<typeof emptyHome>>
  const on = (line: string | readonly string[], registry = `consul://${server.endpoint}`) =>
    run(line, { env: { ROLLCALL_REGISTRY: registry, HOME: home.path } })
  const items = async (line: string, registry?: string): Promise<Record<string, unknown>[]> =>
    JSON.parse((await on(`${line} -o json`, registry)).stdout).items
  const names = async (line: string) => (await on(`${line} -o name`)).stdout.trim().split('\n')

  beforeAll(async () => {
    server = await startConsul({ node: 'node-a' })
    home = await emptyHome()
    const samples = await Promise.all(CAPTURED.map(captured))
    for (const body of [...samples.map((sample) => sample.body), ...WRITTEN])
      await server.api('PUT', '/v1/agent/service/register', body)
    await eventually(async () => expect(await names('ls --all')).toHaveLength(Object.keys(READ).length), {
      timeout: 10_000,
    })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await home.remove()
  })

  it('are read as the clients of those frameworks read them', async () => {
    expect(read(await items('ls --all'))).toEqual(READ)
    expect(read(await items('ls greeter hello'))).toEqual(
      Object.fromEntries(Object.entries(READ).filter(([name]) => /^(greeter|hello)\//.test(name))),
    )
  })

  it.each(CAPTURED)('are read as their own client answers: %s', async (name) => {
    const { answered, body } = await captured(name)
    const found = await items(`ls ${answered.asked}`)
    expect(found.map(({ id }) => id)).toEqual([body.ID])
    expect(found.flatMap((item) => asAnswered(item as unknown as Shown, answered))).toEqual(answered.answer)
  })

  it('are the same over HTTP', async () => {
    await using ground = await Ground.open(`consul://${server.endpoint}`)
    expect(read(await items('ls --all', ground.url))).toEqual(READ)
    expect((await ground.get('/discovery/web-sidecar-proxy')).data).toMatchObject([
      { tags: ['version=v1.0.0'], service_kind: 'connect-proxy' },
    ])
  })

  it('have no error, and no rule of Kratos for a proxy; no purge takes one', async () => {
    const { items: findings } = JSON.parse((await on('check-keys -o json')).stdout)
    const severe = findings.filter(({ severity }: { severity: string }) => severity === 'error')
    expect(severe).toEqual([])
    const ofProxies = findings.filter(({ service }: { service: string }) =>
      ['web-sidecar-proxy', 'edge'].includes(service),
    )
    expect(ofProxies).toEqual([])
    for (const line of ['purge --dry-run', 'purge --malformed --dry-run'])
      expect(JSON.parse((await on(`${line} -o json`)).stdout).records).toEqual([])
  })

  it('are selected by their tags, and listed without proxies', async () => {
    expect(await names('ls --all --tag canary')).toEqual(['tls/tls-8443'])
    expect(await names('ls --all --tag canary,SECURE=*')).toEqual(['tls/tls-8443', 'tls/tls-8444'])
    expect(await names('ls --all --tag v1.0.0 --version v1.0.0')).toEqual(['hello/hello-v1.0.0-127.0.0.1:8000'])
    expect(await names('ls --no-proxies')).toEqual(['greeter', 'hello', 'item', 'odd', 'order-service', 'tls', 'worn'])
    expect((await on('wait tls --tag canary --min 2 --timeout 0s')).stderr).toContain(
      '1 of 2 up match tag=canary (secure=true ×1)',
    )
    expect((await on('deregister tls --tag canary --dry-run')).stdout).toContain('dc1/node-a/tls-8443')
    expect((await on('purge --status up --tag canary --dry-run')).stdout).not.toContain('tls-8444')
  })

  it('are picked by their tags, without proxies, and by a status that was asked for', async () => {
    expect((await on('pick tls --tag canary -o addr')).stdout).toBe('10.0.0.3:8443\n')
    expect(await on('pick web-sidecar-proxy --no-proxies')).toMatchObject({ status: 1, stdout: '' })
    expect(await on('pick worn')).toMatchObject({ status: 1, stderr: expect.stringContaining('is warning ×1') })
    expect((await on('pick worn --status warning -o addr')).stdout).toBe('10.0.0.4:80\n')
    expect(await on('pick worn --status unhealthy')).toMatchObject({ status: 1, stdout: '' })
  })

  it('are waited for, also several, and a warning ends that at once', async () => {
    expect(await on('wait item worn --status up,warning --stable 20ms')).toMatchObject({ status: 0 })
    expect(await on('wait item worn --timeout 1h --fail-on warning')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('worn: none up; warning: worn-1\n'),
    })
  })

  it('are known to a baseline by their paths', async () => {
    const words = ['check-keys', '--baseline', `${home.path}/known.yaml`]
    expect(await on([...words, '--write-baseline'])).toMatchObject({ status: 0, stdout: '' })
    expect(await readFile(`${home.path}/known.yaml`, 'utf8')).toContain('- dc1/node-a/')
    expect(await on([...words, '--fail-on', 'warning'])).toMatchObject({ status: 0, stdout: '' })
  })

  it('are selected by their tags through a server as well', async () => {
    await using ground = await Ground.open(`consul://${server.endpoint}`)
    expect((await on('ls --all --tag canary -o name', ground.url)).stdout).toBe('tls/tls-8443\n')
  })

  it('show their tags in a column, and their kind alone', async () => {
    const table = await on(['ls', 'odd', '--columns', 'id,tags', '--no-headers'])
    expect(table.stdout).toBe('odd:10.0.0.7:80  plain,k:v\n')
    expect((await on('ls odd -o wide')).stdout.split('\n', 1)[0]).toMatch(/METADATA +TAGS$/)
    const { stdout } = await on('get web-sidecar-proxy/web-1-sidecar-proxy')
    expect(stdout).toMatch(/^Tags +version=v1\.0\.0$/m)
    expect(stdout).toMatch(/^Kind +connect-proxy$/m)
    const proxy = JSON.parse((await on('get web-sidecar-proxy/web-1-sidecar-proxy -o json')).stdout)
    expect(proxy).toMatchObject({ kind: 'Instance', serviceKind: 'connect-proxy' })
  })

  it('are watched: an event names tags that changed', async () => {
    await using ground = await Ground.open(`consul://${server.endpoint}`)
    const stop = new AbortController()
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const event of ground.client.watch({ services: ['odd'] }, { signal: stop.signal })) {
        if (event.type === 'synced') {
          const changed = { ...WRITTEN.find(({ Name }) => Name === 'odd'), Tags: ['blue'] }
          await server.api('PUT', '/v1/agent/service/register', changed)
        }
        if (event.type !== 'updated') continue
        seen.push(event.changes)
        return
      }
    })()
    await watching
    stop.abort()
    expect(seen).toEqual([[{ field: 'tags', from: ['k:v', 'plain'], to: ['blue'] }]])
  })
})
