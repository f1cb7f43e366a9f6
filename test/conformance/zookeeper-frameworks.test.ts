import { afterEach, beforeEach, expect, it } from 'vitest'
import { SessionKvBackend } from '../../src/backends/kv/adapter.ts'
import { type Store, rangeText } from '../../src/backends/kv/store.ts'
import { silent } from '../../src/model/logger.ts'
import type { InstanceEntry } from '../../src/model/reading.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { patientTarget } from '../patience.ts'
import { describeWith } from '../servers/with-server.ts'
import { FilledZooKeeper } from './filled-zookeeper.ts'
import { instancesOf } from './instances-of.ts'

const captured = [...frameworkRecords('zookeeper').values()].flat()
const SPRING = 'order-service/1648fefd-0e2c-4636-943a-17162e70c222'
/** What lies under a prefix of its framework's own. */
const OWN = ['billing/0b6c2f0e-1 curator', 'dubbo-demo/192.0.2.2:20880 dubbo', `${SPRING} curator`]

const named = ({ service, instance, observed }: InstanceEntry) => `${service}/${instance.id} ${observed.layout}`

await describeWith('zookeeper', 'frameworks, on ZooKeeper', () => {
  let filled: FilledZooKeeper
  beforeEach(async () => {
    filled = await FilledZooKeeper.start(captured)
  })
  afterEach(() => filled[Symbol.asyncDispose]())

  it('reads the places of all layouts when none is named, in one list', async () => {
    await using client = await filled.open()
    await using kratos = await client.register(
      { id: 'f-1', name: 'france', endpoints: ['grpc://10.0.0.1:1'] },
      { keepAlive: true },
    )
    const found = (await instancesOf(client)).map(named)
    expect(found).toEqual([OWN[0], OWN[1], 'france/f-1 kratos', OWN[2]])
    expect(kratos.action).toBe('created')
    expect((await instancesOf(client, ['billing', 'nobody'])).map(named)).toEqual([OWN[0]])
    const listed = (await filled.rollcall('ls --all -o json')).stdout
    expect([...listed.matchAll(/"layout": ?"([^"]+)"/g)].map(([, layout]) => layout)).toEqual([
      'curator',
      'dubbo',
      'kratos',
      'curator',
    ])
  })

  it('asks for all places of a service at once', async () => {
    // A folder and the key that is its own in three places, and all of Dubbo's: none is answered before the last is asked for.
    const PLACES = 7
    const asked: string[] = []
    let resolve: (() => void) | undefined
    const all = new Promise<void>((done) => (resolve = done))
    const scan: Store['scan'] = async function* (range, options) {
      asked.push(rangeText(range))
      if (asked.length === PLACES) resolve?.()
      await all
      yield* filled.store.scan(range, options)
    }
    const patient: Store = new Proxy(filled.store, {
      get(target, name) {
        const value: unknown = name === 'scan' ? scan : Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const options = { signal: new AbortController().signal, logger: silent, now: Date.now }
    const backend = new SessionKvBackend(patient, patientTarget(filled.url), options)
    const found: string[] = []
    for await (const { records } of backend.scan({ services: ['billing'] })) found.push(...records.map(({ id }) => id))
    expect(found).toEqual(['/services/billing/0b6c2f0e-1'])
    expect(asked.slice(0, PLACES).toSorted()).toEqual([
      '/aio/registry/billing',
      '/aio/registry/billing/',
      '/dubbo/',
      '/microservices/billing',
      '/microservices/billing/',
      '/services/billing',
      '/services/billing/',
    ])
  })

  it('watches them', async () => {
    await using client = await filled.open()
    const stop = new AbortController()
    const seen: string[] = []
    for await (const event of client.watch({}, { signal: stop.signal })) {
      if ('entry' in event) seen.push(`${event.type} ${named(event.entry)}`)
      if (event.type === 'synced') {
        const records = (await instancesOf(client, ['billing'])).flatMap((entry) => entry.records)
        for await (const { result } of client.remove(records)) expect(result).toBe('done')
      }
      if (seen.some((line) => line.startsWith('removed'))) stop.abort()
    }
    expect(seen.slice(0, 3).toSorted()).toEqual(OWN.map((line) => `snapshot ${line}`).toSorted())
    expect(seen.slice(3)).toEqual([`removed ${OWN[0]}`])
  })

  it("sets the status of Spring Cloud's record on its session, and of no other", async () => {
    const [before] = (await instancesOf(await filled.open(), ['order-service'])).flatMap(({ records }) => records)
    expect((await filled.rollcall(`offline ${SPRING}`)).status).toBe(0)
    await using client = await filled.open()
    const [entry] = await instancesOf(client, ['order-service'])
    expect(entry?.observed).toMatchObject({
      status: 'maintenance',
      reason: 'instance_status OUT_OF_SERVICE',
      lease: before?.lease,
    })
    expect((await filled.rollcall('undo --yes')).status).toBe(0)
    const [after] = (await instancesOf(client, ['order-service'])).flatMap(({ records }) => records)
    expect(after?.body).toEqual(before?.body)
    for (const other of ['billing/0b6c2f0e-1', 'dubbo-demo/192.0.2.2:20880']) {
      const refused = await filled.rollcall(`offline ${other}`)
      expect(refused.status).toBe(6)
      expect(refused.stderr + refused.stdout).toContain("only Spring Cloud's clients obey a status")
    }
  })

  it('registers beside them in their form', async () => {
    await using client = await filled.open({ prefix: '/services' })
    const instance = { id: 'b-2', name: 'billing', endpoints: ['http://10.1.0.6:8443'] }
    await using registration = await client.register(instance, { keepAlive: true })
    expect(registration.records.map(({ id }) => id)).toEqual(['/services/billing/b-2'])
    expect((await instancesOf(client, ['billing'])).map(({ observed }) => observed.layout)).toEqual([
      'curator',
      'curator',
    ])
    expect(await filled.rollcall('check-keys --severity warning')).toMatchObject({ status: 0 })
  })
})
