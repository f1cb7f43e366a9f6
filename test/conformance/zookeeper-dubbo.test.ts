import { afterEach, beforeEach, expect, it } from 'vitest'
import type { InstanceEntry } from '../../src/model/reading.ts'
import { type FrameworkRecord, frameworkRecords, load } from '../cli/frameworks.ts'
import { run } from '../cli/run.ts'
import { dubboKey } from '../layouts/dubbo-key.ts'
import { describeWith } from '../servers/with-server.ts'
import { FilledZooKeeper } from './filled-zookeeper.ts'
import { instancesOf } from './instances-of.ts'

const INTERFACES = 120
const ADDRESSES = ['10.0.0.1:20880', '10.0.0.2:20880']
const interfaceAt = (at: number) =>
  `com.acme.a.rather.long.package.name.of.the.orders.Service${String(at).padStart(4, '0')}`
const STAYS = 'stays: Dubbo registers an instance with a node for each interface'

const record = (key: string, value = '10.0.0.9', leased = true): FrameworkRecord => ({
  key,
  value: Buffer.from(value),
  leased,
})

/** Two processes of one application, each with every interface, a process of another, and what else lies there. */
const providers = [
  ...Array.from({ length: INTERFACES }, (_, at) => interfaceAt(at)).flatMap((service) =>
    ADDRESSES.map((address) => record(dubboKey({ service, address, more: { methods: 'a,b', timestamp: address } }))),
  ),
  record(dubboKey({ application: 'pay', service: interfaceAt(0), address: '10.0.0.3:20880', more: { group: 'g' } })),
]
const beside = [
  record(dubboKey({ service: interfaceAt(0), folder: 'consumers', protocol: 'consumer' })),
  record(`/dubbo/${interfaceAt(0)}/configurators`, '', false),
  record(`/dubbo/mapping/${interfaceAt(0)}`, 'orders,pay', false),
  record('/dubbo/config/dubbo', '', false),
]
/** The same process of the application at application level. */
const application = record(
  '/services/orders/10.0.0.1:20880',
  JSON.stringify({
    name: 'orders',
    id: '10.0.0.1:20880',
    address: '10.0.0.1',
    port: 20_880,
    sslPort: null,
    payload: {
      '@class': 'org.apache.dubbo.registry.zookeeper.ZookeeperInstance',
      id: '10.0.0.1:20880',
      name: 'orders',
      metadata: { 'dubbo.endpoints': '[{"port":20880,"protocol":"dubbo"}]', 'dubbo.metadata.revision': 'r1' },
    },
    registrationTimeUTC: 1,
    serviceType: 'DYNAMIC',
    uriSpec: null,
  }),
)
const shop = [...(frameworkRecords('zookeeper').get('curator-5.7.1') ?? [])]

const named = ({ service, instance, records }: InstanceEntry) => `${service}/${instance.id} ×${records.length}`
const ALL = [
  'billing/0b6c2f0e-1 ×1',
  `orders/10.0.0.1:20880 ×${INTERFACES + 1}`,
  `orders/10.0.0.2:20880 ×${INTERFACES}`,
  'pay/10.0.0.3:20880 ×1',
]

await describeWith('zookeeper', "Dubbo's interfaces, in ZooKeeper", () => {
  let filled: FilledZooKeeper
  beforeEach(async () => {
    filled = await FilledZooKeeper.start([...providers, ...beside, application, ...shop])
  })
  afterEach(() => filled[Symbol.asyncDispose]())
  const there = async () => {
    let count = 0
    for await (const { records } of filled.store.scan({ start: Buffer.from('/dubbo/'), end: Buffer.from('/dubbo0') }))
      count += records.length
    return count
  }

  it.each([{}, { prefix: '/' }])(
    'are one instance for each address, with all they offer, under %j',
    async (settings) => {
      await using client = await filled.open(settings)
      const found = await instancesOf(client)
      expect(found.map(named).toSorted()).toEqual(ALL)
      const one = found.find(({ instance }) => instance.id === '10.0.0.1:20880')
      expect(one).toMatchObject({
        instance: {
          name: 'orders',
          endpoints: ['dubbo://10.0.0.1:20880'],
          metadata: { side: 'provider', 'dubbo.metadata.revision': 'r1' },
        },
        observed: {
          status: 'up',
          layout: 'dubbo',
          tags: Array.from({ length: INTERFACES }, (_, at) => interfaceAt(at)),
        },
      })
      expect((await instancesOf(client, ['pay', 'nobody'])).map(named)).toEqual([ALL[3]])
      expect((await instancesOf(client, ['orders'])).map(named)).toEqual(ALL.slice(1, 3))
    },
  )

  it('are a short list, also in wide tables', async () => {
    const services = (await filled.rollcall('ls')).stdout
    expect(
      services
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).slice(0, 3)),
    ).toEqual([
      ['SERVICE', 'INSTANCES', 'UP'],
      ['billing', '1', '1'],
      ['orders', '2', '2'],
      ['pay', '1', '1'],
    ])
    const wide = (await filled.rollcall('ls orders -o wide')).stdout.trimEnd().split('\n')
    expect(wide).toHaveLength(3)
    expect(wide[1]).toContain(`and ${INTERFACES - 5} more`)
    expect(Math.max(...wide.map((line) => line.length))).toBeLessThan(4_000)
    const tagged = await filled.rollcall(`ls --all -o name --tag g/${interfaceAt(0)}`)
    expect(tagged.stdout).toBe('pay/10.0.0.3:20880\n')
    expect((await filled.rollcall('ls --all', '--prefix', '/dubbo')).stderr).not.toContain('other programs')
  })

  it('are found elsewhere with --layout, and their place is named', async () => {
    const key = dubboKey({ root: '/prod', application: 'stock' })
    await load(filled.store, [record(key)])
    await using client = await filled.open({ prefix: '/prod', layout: 'dubbo' })
    expect((await instancesOf(client, ['stock'])).map(named)).toEqual(['stock/10.0.0.1:20880 ×1'])
    expect((await filled.rollcall('ls', '--prefix', '/nowhere')).stderr).toContain('like Dubbo: stock')
    expect((await filled.rollcall('ls', '--prefix', '/nowhere')).stderr).toContain('--layout dubbo --prefix /prod')
    expect((await filled.rollcall('ls', '--prefix', '/prod')).stderr).toContain('Dubbo')
  })

  it('come and go one by one in a watch', async () => {
    await using client = await filled.open()
    const stop = new AbortController()
    const seen: string[] = []
    const late = dubboKey({ application: 'pay', service: interfaceAt(1), address: '10.0.0.3:20880' })
    for await (const event of client.watch({ services: ['pay'] }, { signal: stop.signal })) {
      if ('entry' in event) seen.push(`${event.type} ${named(event.entry)} ${event.entry.observed.tags?.length}`)
      if (event.type === 'synced') await load(filled.store, [record(late)])
      if (event.type === 'updated' && event.entry.records.length === 2)
        await filled.store.write([{ delete: Buffer.from(late) }])
      if (event.type === 'updated' && event.entry.records.length === 1) stop.abort()
    }
    expect(seen).toEqual([
      'snapshot pay/10.0.0.3:20880 ×1 1',
      'updated pay/10.0.0.3:20880 ×2 2',
      'updated pay/10.0.0.3:20880 ×1 1',
    ])
  })

  it('are never removed, nor is a part of them, whatever is tried', async () => {
    const before = await there()
    const [one = record('')] = providers
    for (const words of [
      ['deregister', 'orders/10.0.0.1:20880', '--force'],
      ['deregister', 'orders', '--all', '--force', '--yes'],
      ['deregister', '--raw-key', one.key, '--force', '--yes'],
      ['deregister', 'pay/10.0.0.3:20880', '--prefix', '/'],
      ['purge', 'pay', '--status', 'up', '--force', '--yes'],
      ['purge', '--status', 'up', '--force', '--yes', '--prefix', '/'],
    ]) {
      const refused = await run([...words, '-r', filled.url])
      expect([words, refused.status, refused.stderr + refused.stdout]).toEqual([
        words,
        6,
        expect.stringContaining(STAYS),
      ])
    }
    for (const reason of ['--malformed', '--empty-nodes', '--no-lease'])
      for (const prefix of [[], ['--prefix', '/'], ['--prefix', '/dubbo']]) {
        const plan = await run(['purge', reason, '--dry-run', '-o', 'json', '-r', filled.url, ...prefix])
        expect(JSON.parse(plan.stdout || '{"records":[]}').records, `${reason} ${prefix.join(' ')}`).toEqual([])
      }
    await using client = await filled.open()
    const records = (await instancesOf(client, ['orders'])).flatMap((entry) => entry.records)
    for await (const outcome of client.remove(records)) expect(outcome).toMatchObject({ result: 'unsupported' })
    expect(await there()).toBe(before)
    expect((await instancesOf(client)).map(named)).toEqual(ALL)
  })

  it('are not written, and no status is set', async () => {
    await using client = await filled.open({ prefix: '/dubbo' })
    const instance = { id: 'i', name: 'orders', endpoints: ['dubbo://10.0.0.9:20880'] }
    await expect(client.register(instance, { keepAlive: true })).rejects.toMatchObject({ code: 'usage' })
    for (const [name, reason] of [
      ['pay/10.0.0.3:20880', 'a configurator'],
      ['orders/10.0.0.1:20880', "only Spring Cloud's clients obey a status"],
    ]) {
      const refused = await filled.rollcall(`offline ${name}`)
      expect([refused.status, refused.stderr]).toEqual([6, expect.stringContaining(reason ?? '')])
      expect(refused.stderr).toContain('\n  stop its process\n')
      // Removing it is refused as well.
      expect(refused.stderr).not.toContain('deregister')
    }
  })

  it('have nothing wrong with them', async () => {
    for (const prefix of [[], ['--prefix', '/']]) {
      const checked = await filled.rollcall('check-keys --severity warning -o json', ...prefix)
      expect([checked.status, JSON.parse(checked.stdout).items]).toEqual([0, []])
    }
  })
})
