import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { RULES } from '../../../src/backends/zookeeper/rules.ts'
import { checkRecord } from '../../../src/lint/check.ts'
import { CATALOGUE } from '../../../src/lint/catalogue.ts'
import type { CheckedRecord } from '../../../src/lint/subject.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { run } from '../../cli/run.ts'
import { collect } from '../../conformance/ground.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { openBackend } from './backend.ts'
import { openStore } from './open.ts'

/** As Kratos v2.9.2 wrote them into ZooKeeper 3.8. */
const FIRST =
  '{"id":"i-1","name":"helloworld","version":"v1.2.3","metadata":{"zone":"a"},"endpoints":["grpc://127.0.0.1:9000","http://127.0.0.1:8000?isSecure=false"]}'
const SECOND = '{"id":"i-2","name":"helloworld","version":"","metadata":null,"endpoints":null}'

await describeWith('zookeeper', 'nodes of ZooKeeper', () => {
  let server: ZooKeeperServer
  let store: Store
  let backend: Backend
  let used = 0
  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    used += 1
    const root = `zookeeper://${server.endpoint}`
    await using above = await openStore(root)
    await above.write([{ put: Buffer.from(`/test${used}`), value: new Uint8Array() }])
    store = await openStore(`${root}/test${used}`)
    backend = await openBackend(`${root}/test${used}`)
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await backend[Symbol.asyncDispose]()
  })

  const put = async (path: string, value = '', lease?: string) => {
    const [outcome] = await store.write([
      { put: Buffer.from(path), value: Buffer.from(value), ...(lease && { lease }) },
    ])
    expect(outcome?.result).toBe('done')
  }
  const records = async (structure = false): Promise<RawRecord[]> =>
    (await collect(backend.scan({}, { structure }))).flatMap((page) => page.records)
  const rulesOn = async (): Promise<Record<string, string[]>> => {
    const found: Record<string, string[]> = {}
    for (const record of await records(true)) {
      const checked: CheckedRecord = { record, reading: backend.read(record, Date.now()) }
      const findings = checkRecord(checked, { rules: [...CATALOGUE, ...RULES], now: Date.now() })
      const bad = findings.filter(({ rule, severity }) => severity !== 'info' || rule.startsWith('RC21'))
      found[record.id] = bad.map(({ rule }) => rule)
    }
    return found
  }

  it('are written as Kratos writes them: the same bytes, ephemeral, below folders without data', async () => {
    const instance = {
      id: 'i-1',
      name: 'helloworld',
      version: 'v1.2.3',
      metadata: { zone: 'a' },
      endpoints: ['grpc://127.0.0.1:9000', 'http://127.0.0.1:8000?isSecure=false'],
    }
    const { lease } = await backend.register(instance, { keepAlive: true })
    const [folder, node] = await records(true)
    expect([folder?.id, folder?.body, folder?.lease]).toEqual(['/microservices/helloworld', Buffer.alloc(0), undefined])
    expect([node?.id, node && textOf(node), node?.lease]).toEqual(['/microservices/helloworld/i-1', FIRST, lease])
    expect(await server.tell('dump')).toContain(`0x${lease}`)
  })

  it('are read as Kratos left them, with the session that owns them', async () => {
    const { lease } = await store.grant(30)
    await put('/microservices/helloworld/i-1', FIRST, lease)
    await put('/microservices/helloworld/i-2', SECOND, lease)
    const readings = (await records()).map((record) => backend.read(record, Date.now()))
    expect(readings).toMatchObject([
      { is: 'instance', instance: { id: 'i-1' }, observed: { status: 'up', lease, owner: `session 0x${lease}` } },
      { is: 'instance', instance: { id: 'i-2', endpoints: [] }, observed: { layout: 'kratos' } },
    ])
  })

  it('stay as empty folders when the last instance is removed, and are no rows', async () => {
    const registration = await backend.register(
      { id: 'i-1', name: 'sre', endpoints: ['grpc://a:1'] },
      { keepAlive: true },
    )
    await registration[Symbol.asyncDispose]()
    expect(await records()).toEqual([])
    expect((await records(true)).map(({ id, children }) => [id, children])).toEqual([['/microservices/sre', 0]])
  })

  it('are found wanting by the rules of wire-formats.md §14', async () => {
    const { lease } = await store.grant(30)
    await put('/microservices/good/g-1', good('good', 'g-1'), lease)
    await put('/microservices/server-01', good('', 'server-01'), lease)
    await put('/microservices/data', good('data', ''))
    await put('/microservices/parent/eu/p-1', good('parent/eu', 'p-1'), lease)
    await put('/microservices/hollow/h-1')
    await put('/microservices/stale/s-1', good('stale', 's-1'))
    await put('/microservices/gone')
    await put('/microservices/moved/m-1', good('elsewhere', 'm-1'), lease)
    await put('/microservices/longer-name/l-1', good('longer', 'l-1'), lease)
    await put('/microservices/deep', good('deep', 'd-1'), lease)
    await put('/microservices/other/o-1', good('other', 'o-2'), lease)
    expect(await rulesOn()).toEqual({
      '/microservices/data': ['RC1002', 'RC1301'],
      '/microservices/gone': ['RC2102'],
      '/microservices/good': [],
      '/microservices/good/g-1': [],
      '/microservices/hollow': [],
      '/microservices/hollow/h-1': ['RC1101', 'RC1301'],
      '/microservices/moved': [],
      '/microservices/moved/m-1': ['RC2103'],
      '/microservices/longer-name': [],
      '/microservices/longer-name/l-1': ['RC2103'],
      '/microservices/deep': ['RC1004'],
      '/microservices/other': [],
      '/microservices/other/o-1': ['RC1005'],
      '/microservices/parent': [],
      '/microservices/parent/eu': ['RC2101'],
      '/microservices/parent/eu/p-1': [],
      '/microservices/server-01': ['RC1001'],
      '/microservices/stale': [],
      '/microservices/stale/s-1': ['RC1301'],
    })
  })

  it('are not removed while others lie below them', async () => {
    await put('/microservices/sre', 'data')
    await put('/microservices/sre/i-1', FIRST)
    const short = (await records(true)).filter(({ id }) => id === '/microservices/sre')
    expect(await collect(backend.remove(short))).toMatchObject([
      { id: '/microservices/sre', result: 'failed', error: { code: 'refused' } },
    ])
  })

  it('cannot be larger than the server takes, and others are written all the same', async () => {
    const outcomes = await store.write([
      { put: Buffer.from('/large'), value: Buffer.alloc(2 << 20) },
      { put: Buffer.from('/a//b'), value: Buffer.from('x') },
      { put: Buffer.from('/small'), value: Buffer.from('x') },
    ])
    expect(outcomes).toMatchObject([
      { result: 'failed', error: { code: 'storage' } },
      { result: 'failed', error: { code: 'usage' } },
      { result: 'done' },
    ])
  })

  it('are listed by ten thousands, with little memory and few requests', async () => {
    const { lease } = await store.grant(30)
    const value = Buffer.from(FIRST)
    const names = Array.from({ length: 10_000 }, (_, at) => String(at).padStart(5, '0'))
    const paths = names.map((name, at) => `/microservices/${at < 9_000 ? 'large' : `s${name}`}/${name}`)
    await store.write(paths.map((path) => ({ put: Buffer.from(path), value, lease })))
    const before = process.memoryUsage().heapUsed
    const started = performance.now()
    const seen: string[] = []
    for await (const { records: page } of backend.scan({})) {
      expect(page.length).toBeLessThanOrEqual(1_000)
      seen.push(...page.map(({ id }) => id))
    }
    const milliseconds = Math.round(performance.now() - started)
    expect(seen).toEqual(paths)
    process.stderr.write(`10,000 instances listed in ${milliseconds} ms\n`)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200 << 20)
  }, 60_000)

  it('below one that can have none fail alone, and the others are registered and listed', async () => {
    const session = await store.grant(10)
    await put('/microservices/taken', 'node', session.lease)
    const names = ['taken', 'one', 'two']
    const stdin = JSON.stringify(names.map((name) => ({ name, id: 'i', endpoints: ['grpc://10.0.0.1:9000'] })))
    const url = `zookeeper://${server.endpoint}/test${used}`
    const { status, stdout } = await run(`register -f - --persistent -r ${url} -o json`, { stdin })
    const { items } = JSON.parse(stdout)
    const results = items.map(({ service, result }: { service: string; result: string }) => `${service} ${result}`)
    expect([status, results]).toEqual([5, ['taken failed', 'one created', 'two created']])
  })

  it('below a root that is not there are no empty registry', async () => {
    await using missing = await openBackend(`zookeeper://${server.endpoint}/nowhere`)
    await expect(collect(missing.scan({}))).rejects.toMatchObject({ code: 'config' })
    const registering = missing.register({ id: 'i', name: 's', endpoints: ['grpc://a:1'] }, { ttl: null })
    await expect(registering).rejects.toMatchObject({ code: 'config' })
  })
})

function good(name: string, id: string): string {
  return `{"id":"${id}","name":"${name}","version":"v1.0.0","metadata":{},"endpoints":["grpc://10.0.0.9:1"]}`
}

function textOf({ body }: RawRecord): string {
  return body instanceof Uint8Array ? Buffer.from(body).toString() : ''
}
