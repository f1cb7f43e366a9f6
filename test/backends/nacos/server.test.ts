import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { planPurge } from '../../../src/client/purge/plan.ts'
import { collect, results } from '../../conformance/ground.ts'
import { run } from '../../cli/run.ts'
import { Holder } from '../../servers/nacos/holder.ts'
import { type NacosServer, startNacos } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { Front } from '../../servers/front.ts'
import { listed, openClient, openNacos, recordsIn } from './open.ts'

const WAIT = { timeout: 30_000, interval: 200 }
const MEBIBYTE = 1 << 20

await describeWith('nacos', 'Nacos 2', () => {
  let server: NacosServer
  let namespace: string
  beforeAll(async () => {
    server = await startNacos()
  }, 240_000)
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(() => {
    namespace = randomUUID()
  })

  const url = (query = '') => `nacos://${server.endpoint}?namespace=${namespace}${query}`

  /** As Kratos v2.9.2 sends it: see the captured requests in wire formats. */
  const kratos = (serviceName: string, ip: string, port: number, more: Record<string, string> = {}) => {
    const [, kind = ''] = /\.(\w+)$/.exec(serviceName) ?? []
    return server.call('POST', '/v1/ns/instance', {
      app: '',
      clusterName: 'DEFAULT',
      enable: 'true',
      ephemeral: 'true',
      groupName: 'DEFAULT_GROUP',
      healthy: 'true',
      ip,
      metadata: JSON.stringify({ kind, version: 'v1.2.3', zone: 'a' }),
      namespaceId: namespace,
      port: String(port),
      serviceName: `DEFAULT_GROUP@@${serviceName}`,
      weight: '100',
      ...more,
    })
  }

  it('reads what Kratos writes back into one instance for each ip', async () => {
    await kratos('helloworld.grpc', '10.0.0.1', 9000)
    await kratos('helloworld.http', '10.0.0.1', 8000)
    await kratos('helloworld.grpc', '10.0.0.2', 9000)
    await using client = await openClient(url())
    await eventually(
      async () =>
        expect(await listed(client)).toEqual([
          'helloworld/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 up',
          'helloworld/10.0.0.2 grpc://10.0.0.2:9000 up',
        ]),
      WAIT,
    )
    const [entry] = await client.find({ service: 'helloworld', id: '10.0.0.1' })
    expect(entry).toMatchObject({
      instance: { name: 'helloworld', version: 'v1.2.3', metadata: { zone: 'a' } },
      observed: { weight: 100, place: { namespace, group: 'DEFAULT_GROUP', cluster: 'DEFAULT' }, layout: 'kratos' },
    })
  })

  it('tells endpoints by their port where one ip has a scheme twice', async () => {
    await kratos('helloworld.grpc', '127.0.0.1', 9000)
    await kratos('helloworld.grpc', '127.0.0.1', 9001)
    await kratos('helloworld.http', '127.0.0.1', 8000)
    await using client = await openClient(url())
    await eventually(
      async () =>
        expect(await listed(client)).toEqual([
          'helloworld/127.0.0.1:9000 grpc://127.0.0.1:9000 up',
          'helloworld/127.0.0.1:9001 grpc://127.0.0.1:9001 up',
          'helloworld/127.0.0.1:8000 http://127.0.0.1:8000 up',
        ]),
      WAIT,
    )
  })

  it('reads what others put in: other clusters, weights, disabled, without a kind', async () => {
    const bare = { metadata: '{}', weight: '1' }
    await kratos('ext.grpc', '10.0.0.1', 9000, bare)
    await kratos('ext.grpc', '10.0.0.2', 9000, { ...bare, enable: 'false', enabled: 'false' })
    await kratos('ext.grpc', '10.0.0.3', 9000, { ...bare, weight: '0' })
    await kratos('ext.grpc', '10.0.0.4', 9000, {
      clusterName: 'other',
      weight: '2.5',
      metadata: '{"kind":"http","version":"v9","a":"b"}',
    })
    await kratos('orders', '10.0.0.5', 8080, { metadata: '{"preserved.register.source":"SPRING_CLOUD"}' })
    await using client = await openClient(url())
    await eventually(
      async () =>
        expect(await listed(client)).toEqual([
          'ext/10.0.0.1 grpc://10.0.0.1:9000 up',
          'ext/10.0.0.2 grpc://10.0.0.2:9000 down',
          'ext/10.0.0.3 grpc://10.0.0.3:9000 down',
          'ext/10.0.0.4 http://10.0.0.4:9000 up',
          'orders/10.0.0.5:8080 http://10.0.0.5:8080 up',
        ]),
      WAIT,
    )
    await using tcp = await openClient(url('&kind=tcp&cluster=DEFAULT'))
    expect(await listed(tcp, { services: ['ext'] })).toEqual([
      'ext/10.0.0.1 tcp://10.0.0.1:9000 up',
      'ext/10.0.0.2 tcp://10.0.0.2:9000 down',
      'ext/10.0.0.3 tcp://10.0.0.3:9000 down',
    ])
  })

  it('keeps to its group, finds another by name, and reads all of them', async () => {
    await server.call('POST', '/v1/console/namespaces', { customNamespaceId: namespace, namespaceName: namespace })
    await kratos('pay.grpc', '10.0.0.1', 9000)
    await kratos('pay.grpc', '10.0.0.2', 9000, { groupName: 'G1', serviceName: 'G1@@pay.grpc' })
    await using client = await openClient(url())
    await eventually(async () => expect(await listed(client)).toEqual(['pay/10.0.0.1 grpc://10.0.0.1:9000 up']), WAIT)
    expect(await listed(client, { services: ['G1@@pay'] })).toEqual(['G1@@pay/10.0.0.2 grpc://10.0.0.2:9000 up'])
    expect(await client.find({ service: 'G1@@pay', id: '10.0.0.2' }, { detail: true })).toMatchObject([
      { service: 'G1@@pay', instance: { name: 'pay' } },
    ])
    await using all = await openClient(url(), { allNamespaces: true })
    const own = (await all.find({ service: 'pay' })).filter(({ observed }) => observed.place?.namespace === namespace)
    expect(own.map(({ instance, observed }) => `${observed.place?.group} ${instance.id}`)).toEqual([
      'DEFAULT_GROUP 10.0.0.1',
      'G1 10.0.0.2',
    ])
  })

  it('calls a service without a name malformed, and removes it by its key', async () => {
    await kratos('.grpc', '10.0.0.1', 9000)
    await using backend = await openNacos(url())
    const rawKey = `${namespace}/DEFAULT_GROUP@@.grpc/DEFAULT/10.0.0.1:9000`
    const records = await eventually(async () => {
      const found = await recordsIn(backend, { rawKey })
      expect(found).toHaveLength(1)
      return found
    }, WAIT)
    expect(records.map((record) => backend.read(record, Date.now()))).toMatchObject([
      { is: 'malformed', problem: { code: 'empty-name', endpoints: ['grpc://10.0.0.1:9000'] } },
    ])
    expect(results(await collect(backend.remove(records)))).toEqual({ [rawKey]: 'done' })
    expect(await recordsIn(backend)).toEqual([])
  })

  it('speaks version 1 with a server that knows no other', async () => {
    await using front = await Front.before(server.endpoint, (path) => path.startsWith('/nacos/v1/'))
    await using client = await openClient(url().replace(server.endpoint, front.endpoint))
    const registration = await client.register({
      id: '10.0.0.1',
      name: 'old',
      version: 'v1.0.0',
      endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'],
    })
    expect(await listed(client)).toEqual(['old/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 up'])
    expect(await registration.beat?.()).toBe('ok')
    await client.setStatus(registration.records, 'down')
    expect(await listed(client)).toEqual(['old/10.0.0.1 grpc://10.0.0.1:9000 http://10.0.0.1:8000 down'])
    await registration[Symbol.asyncDispose]()
    expect(await registration.beat?.()).toBe('lost')
    expect(await listed(client)).toEqual([])
    expect(front.paths.filter((path) => !path.includes('/v1/'))).toEqual([
      'GET /nacos/v3/client/ns/instance/list',
      'GET /nacos/v2/ns/instance/list',
    ])
  })

  it('takes a registration for what it says, whatever an operator had set there before', async () => {
    await using client = await openClient(url())
    const instance = { id: '10.0.0.1', name: 'back', endpoints: ['grpc://10.0.0.1:9000'] }
    const first = await client.register(instance, { weight: 50 })
    await client.setStatus(first.records, 'down')
    await first[Symbol.asyncDispose]()
    const second = await client.register(instance, { weight: 70 })
    expect(await client.find({ service: 'back' })).toMatchObject([{ observed: { status: 'up', weight: 70 } }])
    await client.setStatus(second.records, 'down')
    await second[Symbol.asyncDispose]()
    await client.register(instance, { weight: 70 })
    expect(await client.find({ service: 'back' })).toMatchObject([{ observed: { status: 'up', weight: 70 } }])
  })

  it('leaves out of traffic what an operator has disabled, and says so', async () => {
    await using client = await openClient(url())
    const instance = { id: '10.0.0.1', name: 'out', endpoints: ['grpc://10.0.0.1:9000'] }
    const { records } = await client.register(instance)
    await client.setStatus(records, 'down')
    expect((await client.register(instance, { keepAlive: false })).action).toBe('renewed')
    const changed = { ...instance, metadata: { zone: 'b' } }
    await expect(client.register(changed, { keepAlive: false })).rejects.toMatchObject({ code: 'conflict' })
    expect((await client.register(changed, { keepAlive: false, replace: true })).action).toBe('replaced')
    expect(await client.find({ service: 'out' })).toMatchObject([
      { instance: { metadata: { zone: 'b' } }, observed: { status: 'down', reason: 'disabled' } },
    ])
    const again = await run(['register', 'out', '-e', 'grpc://10.0.0.1:9000', '--meta', 'zone=b', '--registry', url()])
    expect([again.status, again.stderr]).toEqual([
      0,
      expect.stringContaining('out/10.0.0.1 stays out of traffic: disabled'),
    ])
  })

  it('gives an instance whose weight was set to 0 its weight back', async () => {
    await using client = await openClient(url())
    const instance = { id: '10.0.0.1', name: 'light', endpoints: ['grpc://10.0.0.1:9000'] }
    await client.register(instance, { weight: 0 })
    expect((await client.register(instance, { weight: 70 })).action).toBe('renewed')
    expect(await client.find({ service: 'light' })).toMatchObject([{ observed: { status: 'up', weight: 70 } }])
  })

  it('refuses a persistent instance among ephemeral ones', async () => {
    await using client = await openClient(url())
    await client.register({ id: '10.0.0.1', name: 'mixed', endpoints: ['grpc://10.0.0.1:9000'] })
    const persistent = { id: '10.0.0.2', name: 'mixed', endpoints: ['grpc://10.0.0.2:9000'] }
    await expect(client.register(persistent, { settings: { persistent: true } })).rejects.toMatchObject({
      code: 'conflict',
      hint: expect.stringContaining('`settings.persistent`'),
    })
  })

  it('calls a persistent instance dead that the server cannot connect to, and no other', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = listener.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const settings = { persistent: true }
    await using client = await openClient(url())
    await client.register({ id: 'a', name: 'stays', endpoints: [`grpc://127.0.0.1:${port}`] }, { settings })
    await client.register({ id: 'b', name: 'stays', endpoints: ['grpc://127.0.0.2:1'] }, { settings })
    const plan = () =>
      planPurge(client, {
        scope: {},
        inScope: () => true,
        selects: () => true,
        reasons: {},
        guard: { maxPercent: 100, keepMin: 0 },
        now: Date.now(),
      })
    await eventually(async () => {
      const readings = (await recordsIn(client.backend)).map((record) => client.backend.read(record, Date.now()))
      expect(readings).toMatchObject([{ observed: { status: 'up' } }, { observed: { status: 'unhealthy' } }])
    }, WAIT)
    expect((await plan()).records.map(({ key, reason }) => [key.split('/').at(-1), reason])).toEqual([
      ['127.0.0.2:1', 'persistent, and the server cannot connect to it'],
    ])
    const again = await client.register({ id: 'b', name: 'stays', endpoints: ['grpc://127.0.0.2:1'] }, { settings })
    expect(again.action).toBe('replaced')
    listener.close()
  })

  it('says who holds an instance over gRPC, does not pretend to remove it, and takes it out of traffic', async () => {
    await using holder = await Holder.start(server, { namespace, service: 'held.grpc', ip: '10.2.0.1', port: 9000 })
    await using client = await openClient(url())
    const { backend } = client
    const [record] = await eventually(async () => {
      const found = await recordsIn(backend)
      expect(found).toHaveLength(1)
      return found
    }, WAIT)
    if (!record) throw new Error('nothing was read')
    const [examined] = (await backend.examine?.([record])) ?? []
    const note = examined && backend.removalEffect(examined, backend.read(examined, Date.now())).note
    expect(note).toMatch(/^the gRPC client \d+_127\.0\.0\.1_\d+ holds it/)
    const plan = await run(['deregister', 'held/10.2.0.1', '--dry-run', '--registry', url()])
    expect(plan.stderr).toMatch(/^note: the gRPC client \S+ holds it, so it cannot be removed over HTTP/m)
    expect(await collect(backend.remove([record]))).toMatchObject([
      { result: 'unsupported', error: { code: 'unsupported', hint: expect.stringContaining('`setStatus`') } },
    ])
    expect(await client.renew([record])).toMatchObject([{ result: 'unsupported' }])
    const same = { id: '10.2.0.1', name: 'held', version: 'v1.0.0', endpoints: ['grpc://10.2.0.1:9000'] }
    const { action, expiresAt } = await backend.register(same, {})
    expect([action, expiresAt]).toEqual(['unchanged', undefined])
    await using front = await Front.before(server.endpoint, (path) => path.startsWith('/nacos/v1/'))
    await using blind = await openNacos(url().replace(server.endpoint, front.endpoint))
    expect((await blind.register(same, {})).action).toBe('unchanged')
    expect(await blind.renew?.([record])).toMatchObject([{ result: 'unsupported' }])
    expect(await client.setStatus([record], 'down')).toMatchObject([{ result: 'done' }])
    expect(await client.find({ service: 'held' })).toMatchObject([
      { observed: { status: 'down', weight: 100 }, instance: { version: 'v1.0.0' } },
    ])
    const [entry] = await client.find({ service: 'held', id: '10.2.0.1' }, { detail: true })
    expect(entry?.observed.owner).toMatch(/^gRPC client /)
    await holder[Symbol.asyncDispose]()
    await eventually(async () => expect(await listed(client)).toEqual([]), WAIT)
  }, 120_000)

  it('reads 10,000 instances in bounded memory, and removes them', async () => {
    await using client = await openClient(url())
    // Longer than the test takes: nobody sends their heartbeats.
    const metadata = { 'preserved.heart.beat.timeout': '600000', 'preserved.ip.delete.timeout': '900000' }
    const records = Array.from({ length: 10_000 }, (_, at) => {
      const ip = `10.3.${at >> 8}.${at & 255}`
      const instance = { id: ip, name: `many-${at % 50}`, metadata, endpoints: [`grpc://${ip}:9000`] }
      return client.backend.encode(instance, {}).map((record) => Object.assign(record, { ttlGranted: null }))
    })
    expect((await collect(client.restore(records.flat()))).every(({ result }) => result === 'done')).toBe(true)
    await eventually(async () => expect(await countOf(client.backend)).toBe(10_000), {
      timeout: 240_000,
      interval: 1000,
    })
    const before = process.memoryUsage().heapUsed
    let most = 0
    for await (const page of client.backend.scan({}))
      if (page.records.length > 0) most = Math.max(most, process.memoryUsage().heapUsed - before)
    expect(most).toBeLessThan(128 * MEBIBYTE)
    const service = await recordsIn(client.backend, { services: ['many-7'] })
    const outcomes = await collect(client.remove(service))
    expect(outcomes.map(({ result }) => result)).toEqual(Array.from({ length: 200 }, () => 'done'))
  }, 600_000)

  it('goes to another node when one does not answer, and stays there', async () => {
    await using client = await openClient(url().replace(server.endpoint, `127.0.0.1:1,${server.endpoint}`))
    await client.register({ id: '10.0.0.1', name: 'two', endpoints: ['grpc://10.0.0.1:9000'] })
    expect(await listed(client)).toEqual(['two/10.0.0.1 grpc://10.0.0.1:9000 up'])
    await using none = await openClient('nacos://127.0.0.1:1,127.0.0.1:2')
    await expect(listed(none)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:1: connection refused; 127\.0\.0\.1:2: connection refused/),
    })
  })

  it('says so when it does not answer in time', async () => {
    await using client = await openClient(url(), { requestTimeout: 300 })
    // Beside much else it may not answer so soon at first.
    await eventually(() => listed(client), { timeout: 30_000 })
    server.freeze()
    try {
      // A loaded machine stops it a moment later.
      const refusal = () => listed(client).then(String, (error: unknown) => error)
      await eventually(
        async () =>
          expect(await refusal()).toMatchObject({ code: 'timeout', message: expect.stringContaining('in 0.3s') }),
        WAIT,
      )
    } finally {
      server.thaw()
    }
  })

  it('keeps an instance alive through a restart, which forgets it', async () => {
    await using client = await openClient(url())
    const events: string[] = []
    const kept = await client.keepAlive(
      { id: '10.0.0.1', name: 'kept', endpoints: ['grpc://10.0.0.1:9000'] },
      { ttl: 3, onEvent: ({ type }) => void events.push(type) },
    )
    await server.restart()
    await eventually(() => expect(events).toContain('registered-again'), { timeout: 60_000 })
    expect(await listed(client)).toEqual(['kept/10.0.0.1 grpc://10.0.0.1:9000 up'])
    await kept[Symbol.asyncDispose]()
    expect(await listed(client)).toEqual([])
  }, 300_000)
})

async function countOf(backend: Backend): Promise<number> {
  let count = 0
  for await (const page of backend.scan({})) count += page.records.length
  return count
}
