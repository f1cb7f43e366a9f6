import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { type AnsweredRecord, type AskedClient, answerOf } from '../../cli/frameworks.ts'
import { run } from '../../cli/run.ts'
import { type Shown, asAnswered } from '../../frameworks/as-answered.ts'
import { Ground } from '../../server/ground.ts'
import type { FrameworkInstance } from '../../servers/framework-program.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'

const WAIT = { timeout: 30_000, interval: 200 }

interface Instance extends AnsweredRecord {
  /** As Nacos names it, with its group. */
  readonly serviceName: string
  readonly ip: string
  readonly port: number
  readonly weight: number
  readonly metadata: Readonly<Record<string, string>>
}

/** The instances of a service as they were captured, and the client that was asked for them. */
async function sample(name: string): Promise<{ readonly client: AskedClient; readonly hosts: readonly Instance[] }> {
  const file = new URL(`../../fixtures/frameworks/nacos-${name}.json`, import.meta.url)
  const { client, records }: Captured = JSON.parse(await readFile(file, 'utf8'))
  return { client, hosts: records.hosts }
}

interface Captured {
  readonly client: AskedClient
  readonly records: { readonly hosts: readonly Instance[] }
}

const sponge = (id: string, scheme: string, ip: string, port: number): Instance => ({
  serviceName: `DEFAULT_GROUP@@user.${scheme}`,
  ip,
  port,
  weight: 100,
  metadata: { id, kind: scheme, version: 'v1.2.0', zone: 'a' },
})

const ENDPOINTS = '[{"port":20880,"protocol":"dubbo"},{"port":50051,"protocol":"tri"}]'
/** As their registries send it; see docs/backends/nacos.md. */
const WRITTEN: readonly Instance[] = [
  sponge('user-1', 'grpc', '10.0.0.1', 8282),
  sponge('user-1', 'http', '10.0.0.1', 8080),
  sponge('user-2', 'grpc', '10.0.0.1', 8283),
  {
    serviceName: 'DEFAULT_GROUP@@dubbo-demo',
    ip: '10.0.0.2',
    port: 50_051,
    weight: 1,
    metadata: {
      'dubbo.endpoints': ENDPOINTS,
      'dubbo.metadata.revision': 'f82a',
      'dubbo.metadata.storage-type': 'local',
    },
  },
]

const SLOW = { 'preserved.heart.beat.timeout': '600000', 'preserved.ip.delete.timeout': '900000' }

/** What rollcall has for a client's answer: with the metadata of these tests, and as docs/backends/nacos.md says. */
const OURS: Readonly<Record<string, (theirs: FrameworkInstance) => FrameworkInstance>> = {
  // What Nacos says of an instance is not among its metadata, and the id is the address.
  'spring-cloud-alibaba': (theirs) => ({
    ...theirs,
    id: theirs.address.replace('http://', ''),
    metadata: { ...storedIn(theirs), ...SLOW },
  }),
  'dubbo-interface': (theirs) => ({ ...theirs, metadata: { ...theirs.metadata, ...SLOW } }),
}

function storedIn({ metadata = {} }: FrameworkInstance) {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith('nacos.')))
}

const PLACE = { group: 'DEFAULT_GROUP', cluster: 'DEFAULT' }
const DUBBO = 'providers:D___GreetingService:1.0.0:g1'

await describeWith('nacos', 'records of other frameworks on Nacos', () => {
  let server: NacosServer
  const namespace = randomUUID()
  const url = () => `nacos://${server.endpoint}?namespace=${namespace}`
  const on = (line: string, registry = url()) => run(line, { env: { ROLLCALL_REGISTRY: registry } })
  const items = async (registry?: string): Promise<readonly Shown[]> =>
    JSON.parse((await on('ls --all -o json', registry)).stdout).items

  beforeAll(async () => {
    server = await startNacos()
    const samples = await Promise.all(Object.keys(OURS).map(sample))
    for (const { metadata, port, weight, ...rest } of [...samples.flatMap(({ hosts }) => hosts), ...WRITTEN]) {
      const { serviceName, ip } = rest
      await server.call('POST', '/v1/ns/instance', {
        serviceName,
        ip,
        namespaceId: namespace,
        port: String(port),
        weight: String(weight),
        // Nothing sends heartbeats here.
        ephemeral: 'true',
        metadata: JSON.stringify({ ...metadata, ...SLOW }),
      })
    }
    await eventually(async () => expect(await items()).toHaveLength(5), WAIT)
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const READ = [
    {
      id: '10.0.0.2:50051',
      name: 'dubbo-demo',
      version: '',
      endpoints: ['tri://10.0.0.2:50051'],
      status: 'up',
      weight: 1,
      place: PLACE,
      layout: 'service',
    },
    {
      id: '127.0.0.1:37883',
      name: 'order-service',
      version: '',
      metadata: { 'preserved.register.source': 'SPRING_CLOUD', ...SLOW },
      endpoints: ['http://127.0.0.1:37883'],
      status: 'up',
      weight: 1,
      layout: 'service',
    },
    {
      id: '192.0.2.2:20881',
      name: DUBBO,
      version: '1.0.0',
      metadata: { interface: 'D$GreetingService', protocol: 'tri', group: 'g1' },
      endpoints: ['tri://192.0.2.2:20881'],
      status: 'up',
      weight: 1,
      layout: 'service',
    },
    {
      id: 'user-1',
      name: 'user',
      version: 'v1.2.0',
      metadata: { zone: 'a', ...SLOW },
      endpoints: ['grpc://10.0.0.1:8282', 'http://10.0.0.1:8080'],
      status: 'up',
      weight: 100,
      layout: 'kratos',
    },
    {
      id: 'user-2',
      name: 'user',
      version: 'v1.2.0',
      metadata: { zone: 'a', ...SLOW },
      endpoints: ['grpc://10.0.0.1:8283'],
      status: 'up',
      weight: 100,
      layout: 'kratos',
    },
  ]

  it('are read as the clients of those frameworks read them', async () => {
    expect(await items()).toMatchObject(READ)
    const [user] = (await items()).slice(3)
    expect(user).toHaveProperty('metadata', { zone: 'a', ...SLOW })
  })

  it.each(Object.entries(OURS))(
    'are read as their own client answers, as far as the page says: %s',
    async (name, ours) => {
      const { client, hosts } = await sample(name)
      const [host] = hosts
      const answered = host && answerOf(client, host)
      if (!answered) throw new Error(`${name} has no instance with its client's answer`)
      const at = `//${host.ip}:${host.port}`
      const found = (await items()).filter(({ endpoints }) => endpoints.some((endpoint) => endpoint.endsWith(at)))
      expect(found.flatMap((item) => asAnswered(item, answered))).toEqual(answered.answer.map((one) => ours(one)))
    },
  )

  it('are the same over HTTP', async () => {
    await using ground = await Ground.open(url())
    expect(await items(ground.url)).toMatchObject(READ)
  })

  it('have no error and no warning, and no purge takes one', async () => {
    const { items: findings } = JSON.parse((await on('check-keys -o json')).stdout)
    expect(findings.filter(({ severity }: { severity: string }) => severity !== 'info')).toEqual([])
    for (const line of ['purge --dry-run', 'purge --malformed --dry-run'])
      expect(JSON.parse((await on(`${line} -o json`)).stdout).records).toEqual([])
  })

  it('are found by the id that Sponge gave them, and removed whole', async () => {
    expect(JSON.parse((await on('get user/user-1 -o json')).stdout).keys).toHaveLength(2)
    expect((await on('deregister user/user-1')).status).toBe(0)
    await eventually(async () => expect((await on('ls user -o name')).stdout).toBe('user/user-2\n'), WAIT)
  })
})
