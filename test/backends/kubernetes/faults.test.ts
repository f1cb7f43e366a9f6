import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { kubernetes } from '../../../src/backends/kubernetes/driver.ts'
import { Client, type WatchEventsOptions } from '../../../src/client/client.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import {
  type SliceSpec,
  createPod,
  createSlice,
  deletePod,
  newNamespace,
  patchPod,
  replaceEndpoints,
} from '../../servers/kubernetes/objects.ts'
import { Relay } from '../../servers/relay.ts'
import { describeWith } from '../../servers/with-server.ts'
import { WatchLog } from '../../conformance/watch-log.ts'
import { KubernetesGround, readings } from './ground.ts'

const RESTARTS = 5
const PATIENCE = { timeout: 40_000, interval: 20 }
const marked = (id: string) => ({ 'kratos-service-app': 'sre', 'kratos-service-id': id })

await describeWith('kubernetes', 'watching through faults', () => {
  let ground: KubernetesGround
  let namespace: string
  beforeAll(async () => {
    ground = await KubernetesGround.create()
    namespace = await newNamespace(ground.server)
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  const create = (name: string) => createPod(ground.server, namespace, { name, ports: [9000], labels: marked(name) })

  async function watching(options: WatchEventsOptions = {}, cluster = {}) {
    const path = await ground.kubeconfig([{ name: 'admin', user: { token: 'admin-token' } }], cluster)
    const target = kubernetes.parse(
      parseRegistryUrl(`k8s://admin?namespace=${namespace}`),
      { requestTimeout: 2_000, aioTtl: 30_000 },
      { KUBECONFIG: path },
    )
    const client = await Client.open(target)
    const stop = new AbortController()
    const told: WatchEvent[] = []
    const done = (async () => {
      for await (const event of client.watch({}, { ...options, signal: stop.signal })) told.push(event)
    })()
    done.catch(() => {})
    await eventually(() => expect(told.map(({ type }) => type)).toContain('synced'), PATIENCE)
    return {
      told,
      types: () => told.map((event) => (event.type === 'link' ? `link ${event.state}` : event.type)),
      of: (type: string) =>
        told.flatMap((event) => (event.type === type && 'entry' in event ? [event.entry.instance.id] : [])),
      async [Symbol.asyncDispose]() {
        stop.abort()
        await done
        await client[Symbol.asyncDispose]()
      },
    }
  }

  it(`tells what has come and gone in ${RESTARTS} restarts of the API server`, { timeout: 120_000 }, async () => {
    await using watch = await watching()
    const names = Array.from({ length: RESTARTS }, (_, at) => `pod-${at}`)
    for (const name of names) {
      await create(name)
      await ground.server.restart()
    }
    await eventually(
      () => expect(new Set([...watch.of('snapshot'), ...watch.of('added')])).toEqual(new Set(names)),
      PATIENCE,
    )
    expect(watch.of('removed')).toEqual([])
    expect(watch.of('added')).toEqual(names)
    expect(watch.types()).toContain('link down')
    await deletePod(ground.server, namespace, 'pod-0')
    await eventually(() => expect(watch.of('removed')).toEqual(['pod-0']), PATIENCE)
    await eventually(() => expect(watch.types().findLast((type) => type.startsWith('link'))).toBe('link up'), PATIENCE)
  })

  it('notices a frozen server, and goes on when it thaws', { timeout: 90_000 }, async () => {
    await using watch = await watching()
    ground.server.freeze()
    await eventually(() => expect(watch.types()).toContain('link down'), PATIENCE)
    ground.server.thaw()
    await eventually(() => expect(watch.types()).toContain('link up'), PATIENCE)
    await create('thawed')
    await eventually(() => expect(watch.of('added')).toEqual(['thawed']), PATIENCE)
    const { server } = ground
    server.freeze()
    const backend = await ground.openAs('admin', { namespace, requestTimeout: 500 })
    await expect(readings(backend)).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('0.5s') })
    server.thaw()
  })

  it('reads again and tells the differences where history is lost while it was away', { timeout: 90_000 }, async () => {
    await using relay = await Relay.to(ground.server.port)
    await using watch = await watching({}, { server: `https://${relay.endpoint}` })
    relay.cut()
    await eventually(() => expect(watch.types()).toContain('link down'), PATIENCE)
    await create('after-gap')
    await deletePod(ground.server, namespace, 'thawed')
    await ground.server.compact()
    await ground.server.restart()
    relay.mend()
    await eventually(() => expect(watch.types()).toEqual(expect.arrayContaining(['gap', 'synced'])), PATIENCE)
    await eventually(() => expect(watch.of('added')).toEqual(['after-gap']), PATIENCE)
    expect(watch.of('removed')).toEqual(['thawed'])
  })

  it('throws history-lost for a revision that is too old', async () => {
    const backend = await ground.openAs('admin', { namespace })
    const [first] = await pagesOf(backend)
    await create('later')
    await ground.server.compact()
    await ground.server.restart()
    const log = new WatchLog(backend, {}, first?.revision)
    await expect(log.done).rejects.toMatchObject({ code: 'history-lost' })
    const [again] = await pagesOf(backend, first?.revision)
    expect(again?.records.map(({ id }) => id)).toContain(`${namespace}/pods/later`)
    const nonsense = new WatchLog(backend, {}, 'yesterday')
    await expect(nonsense.done).rejects.toMatchObject({ code: 'usage' })
  })

  it('tells what becomes of the endpoints of a Service, and when a mark takes one over', async () => {
    const own = await newNamespace(ground.server)
    const backend = await ground.openAs('admin', { namespace: own })
    await createPod(ground.server, own, { name: 'p-1', ip: '10.0.0.1', ports: [9000] })
    const slice: SliceSpec = {
      name: 'sre-x',
      service: 'sre',
      ports: [{ port: 9000 }],
      endpoints: [{ ip: '10.0.0.1', pod: 'p-1' }, { ip: '10.0.0.2' }],
    }
    await createSlice(ground.server, own, slice)
    const [page] = await pagesOf(backend)
    const log = new WatchLog(backend, {}, page?.revision)
    const at = (ip: string) => `${own}/endpointslices/sre-x/${ip}`
    const expected: string[] = []
    const tells = async (...changes: string[]) => {
      expected.push(...changes)
      await log.tells(expected)
    }
    await patchPod(ground.server, own, 'p-1', { labels: marked('i-1') })
    await tells(`+${own}/pods/p-1`, `-${at('10.0.0.1')}`)
    await patchPod(ground.server, own, 'p-1', { labels: { 'kratos-service-app': '' } })
    await tells(`-${own}/pods/p-1`, `+${at('10.0.0.1')}`)
    await replaceEndpoints(ground.server, own, { ...slice, endpoints: [{ ip: '10.0.0.3' }] })
    await tells(`-${at('10.0.0.1')}`, `-${at('10.0.0.2')}`, `+${at('10.0.0.3')}`)
    await ground.server.done('DELETE', `/apis/discovery.k8s.io/v1/namespaces/${own}/endpointslices/sre-x`)
    await tells(`-${at('10.0.0.3')}`)
    await log.stop()
  })
})

async function pagesOf(backend: Backend, revision?: string) {
  const pages = []
  for await (const page of backend.scan({}, revision === undefined ? {} : { revision })) pages.push(page)
  return pages
}
