import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../../src/backends/kv/store.ts'
import { openStore as openEtcd } from '../backends/etcd/open.ts'
import { openStore as openZooKeeper } from '../backends/zookeeper/open.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { startZooKeeper } from '../servers/zookeeper/start.ts'
import { type FrameworkRecord, frameworkRecords, load } from './frameworks.ts'
import { run } from './run.ts'

interface Ground extends AsyncDisposable {
  readonly registry: string
  readonly store: Store
}

const record = (key: string, value: object): FrameworkRecord => ({
  key,
  value: Buffer.from(JSON.stringify(value)),
  leased: true,
})

/** What Kratos, and what AIO writes. */
const OURS: readonly FrameworkRecord[] = [
  record('/microservices/shop/s-1', {
    id: 's-1',
    name: 'shop',
    version: 'v1',
    metadata: null,
    endpoints: ['grpc://10.0.0.1:9000'],
  }),
  {
    ...record('/aio/registry/desk/d-1', {
      id: 'd-1',
      name: 'desk',
      address: '10.0.0.2:80',
      protocol: 'http',
      status: 'up',
      register_time: new Date().toISOString(),
      last_renew_time: new Date().toISOString(),
    }),
    leased: false,
  },
]
const KITEX = record('/echo.svc/10.0.0.41:8888', { Weight: 10, Tags: { idc: 'lf' } })

interface Listed {
  readonly name: string
  readonly id: string
  readonly layout: string
}

/**
 * A store that all of them share. `found`: the instances under each prefix, none named first, a line each; nothing of it is an error,
 * and nothing of it is planned.
 */
function shared(ground: () => Ground, found: Readonly<Record<string, readonly string[]>>): void {
  const rollcall = (line: string, prefix: string) =>
    run([...line.split(' '), '-r', ground().registry, ...(prefix === 'none' ? [] : ['--prefix', prefix])])

  describe.each(Object.entries(found))('under the prefix %s', (prefix, wanted) => {
    it('lists the instances of all frameworks', async () => {
      const { stdout, status } = await rollcall('ls --all -o json', prefix)
      const items = JSON.parse(stdout).items as Listed[]
      expect(items.map(({ name, id, layout }) => `${name}/${id} ${layout}`).toSorted()).toEqual(wanted.toSorted())
      expect(status).toBe(0)
    })

    it('counts them', async () => {
      const { stdout, status } = await rollcall('stats -o json', prefix)
      const { instances, malformed, byLayout } = JSON.parse(stdout)
      const layouts = wanted.map((line) => line.split(' ').at(-1) ?? '')
      const counts = Object.fromEntries(
        [...new Set(layouts)].map((name) => [name, layouts.filter((each) => each === name).length]),
      )
      expect({ status, instances, malformed, byLayout }).toEqual({
        status: 0,
        instances: wanted.length,
        malformed: 0,
        byLayout: counts,
      })
    })

    it('finds no error, and plans nothing', async () => {
      const checked = await rollcall('check-keys --severity error -o json', prefix)
      expect([checked.status, JSON.parse(checked.stdout).items]).toEqual([0, []])
      for (const reason of ['purge --malformed', 'purge']) {
        const plan = await rollcall(`${reason} --dry-run -o json`, prefix)
        expect([plan.status, JSON.parse(plan.stdout).records], plan.stderr).toEqual([0, []])
      }
    })

    it.each(wanted)('finds %s by its name', async (line) => {
      const [target = ''] = line.split(' ')
      const service = target.slice(0, target.indexOf('/'))
      const listed = await rollcall(`ls ${service} -o name`, prefix)
      expect(listed.stdout.split('\n')).toContain(target)
    })
  })
}

await describeWith('etcd', 'one etcd for all frameworks', () => {
  let ground: Ground
  beforeAll(async () => {
    const server = await startEtcd()
    const registry = `etcd://${server.endpoint}`
    const store = await openEtcd(registry)
    ground = { registry, store, [Symbol.asyncDispose]: () => close(store, server) }
    await load(store, [...frameworkRecords('etcd').values()].flat())
    await load(store, OURS)
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  const slashed = [
    'shop/s-1 kratos',
    'desk/d-1 aio',
    'greeter/greeter-8f1 go-micro',
    'greeter/greeter-9a2 go-micro',
    'hello/10.0.0.61:8000 goframe',
    'hello/10.0.0.62:8000,10.0.0.62:9000 goframe',
  ]
  const kitex = ['echo.svc/10.0.0.41:8888 kitex', 'echo.svc/10.0.0.42:8888 kitex']
  shared(() => ground, {
    none: [...slashed, ...kitex],
    '/': [...slashed, 'greeter/10.0.0.22:50051 grpc-naming'],
    '': [
      ...slashed,
      ...kitex,
      'greeter/10.0.0.22:50051 grpc-naming',
      'grpc-greeter/10.0.0.21:50051 grpc-naming',
      'order.rpc/5302885379461375543 go-zero',
      'stock.rpc/7 go-zero',
      'user.rpc/5302885379461375549 go-zero',
      'user.rpc/5302885379461375558 go-zero',
    ],
  })
})

await describeWith('zookeeper', 'one ZooKeeper for all frameworks', () => {
  let ground: Ground
  beforeAll(async () => {
    const server = await startZooKeeper()
    const registry = `zookeeper://${server.endpoint}`
    const store = await openZooKeeper(registry)
    ground = { registry, store, [Symbol.asyncDispose]: () => close(store, server) }
    await load(store, [...frameworkRecords('zookeeper').values()].flat())
    await load(store, [...OURS, KITEX])
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  const own = [
    'shop/s-1 kratos',
    'desk/d-1 aio',
    'billing/0b6c2f0e-1 curator',
    'dubbo-demo/192.0.2.2:20880 dubbo',
    'order-service/1648fefd-0e2c-4636-943a-17162e70c222 curator',
  ]
  const all = [...own, 'hello/10.0.0.63:8000 goframe', 'echo.svc/10.0.0.41:8888 kitex']
  shared(() => ground, { none: own, '/': all, '': all })
})

async function close(store: AsyncDisposable, server: AsyncDisposable): Promise<void> {
  await store[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
}
