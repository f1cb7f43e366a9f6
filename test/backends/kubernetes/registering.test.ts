import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Backend, RestoreRecord } from '../../../src/backends/contract/backend.ts'
import {
  createPod,
  createSlice,
  deletePod,
  marksOn,
  newNamespace,
  patchPod,
  setPodStatus,
} from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { collect, results } from '../../conformance/ground.ts'
import { KubernetesGround, readings } from './ground.ts'

const ENDPOINT = 'grpc://10.0.0.1:9000'
const INSTANCE = { id: 'i-1', name: 'sre', version: 'v1', endpoints: [ENDPOINT] }

await describeWith('kubernetes', 'marking Pods', () => {
  let ground: KubernetesGround
  let namespace: string
  let backend: Backend
  beforeAll(async () => {
    ground = await KubernetesGround.create()
  })
  afterAll(() => ground[Symbol.asyncDispose]())
  beforeEach(async () => {
    namespace = await newNamespace(ground.server)
    backend = await ground.openAs('admin', { namespace })
    await createPod(ground.server, namespace, { name: 'p-1', ports: [9000] })
    await createPod(ground.server, namespace, { name: 'p-2', ports: [9000] })
  })
  const register = (instance: object = {}, pod = 'p-1', more = {}) =>
    backend.register({ ...INSTANCE, ...instance }, { settings: { pod }, ...more })
  const records = async () => (await collect(backend.scan({}))).flatMap((page) => page.records)

  it.each([
    ['no Pod named', { pod: undefined }, {}, 'usage'],
    ['no such Pod', { pod: 'p-9' }, {}, 'not-found'],
    ['another host', {}, { endpoints: ['grpc://10.0.0.2:9000'] }, 'usage'],
    ['a port that the Pod does not declare', {}, { endpoints: ['grpc://10.0.0.1:9001'] }, 'usage'],
    ['a query', {}, { endpoints: [`${ENDPOINT}?isSecure=true`] }, 'usage'],
    ['two schemes on one port', {}, { endpoints: [ENDPOINT, 'http://10.0.0.1:9000'] }, 'usage'],
    ['no URL', {}, { endpoints: ['10.0.0.1:9000'] }, 'usage'],
    ['a name that no label can be', {}, { name: 'user@service' }, 'usage'],
    ['an id that no label can be', {}, { id: 'x'.repeat(64) }, 'usage'],
    ['a version that no label can be', {}, { version: 'v1+build' }, 'usage'],
  ])('refuses %s, and writes nothing', async (_, settings, instance, code) => {
    const attempt = backend.register({ ...INSTANCE, ...instance }, { settings: { pod: 'p-1', ...settings } })
    await expect(attempt).rejects.toMatchObject({ code })
    expect(await marksOn(ground.server, namespace, 'p-1')).toEqual({ labels: {}, annotations: {} })
  })

  it('keeps weight and env in the metadata, and reads them back', async () => {
    await register({ metadata: { zone: 'a' } }, 'p-1', { weight: 50, env: 'prod' })
    expect(await readings(backend)).toMatchObject([
      { instance: { metadata: { zone: 'a', weight: '50', env: 'prod' } }, observed: { weight: 50, env: 'prod' } },
    ])
  })

  it('takes the scheme of a port without one as it is shown', async () => {
    await createPod(ground.server, namespace, { name: 'p-3', ports: [7000] })
    await patchPod(ground.server, namespace, 'p-3', {
      labels: { 'kratos-service-app': 'sre', 'kratos-service-id': 'i-3' },
    })
    const [shown] = await readings(backend)
    const endpoints = shown?.is === 'instance' ? shown.instance.endpoints : []
    expect(endpoints).toEqual(['TCP://10.0.0.1:7000'])
    expect(await register({ id: 'i-3', version: '', endpoints }, 'p-3')).toMatchObject({ action: 'unchanged' })
    await register({ id: 'i-3', version: 'v2', endpoints }, 'p-3', { replace: true })
    expect(await readings(backend)).toMatchObject([{ instance: { version: 'v2', endpoints: ['tcp://10.0.0.1:7000'] } }])
  })

  it('gives one id to one Pod: another is refused, or gives it up', async () => {
    await register()
    await expect(register({}, 'p-2')).rejects.toMatchObject({
      code: 'conflict',
      message: `sre/i-1 is already registered with different data: ${namespace}/pods/p-1`,
    })
    await expect(register({ id: 'i-2' }, 'p-1')).rejects.toMatchObject({ code: 'conflict' })
    expect((await register({}, 'p-2', { replace: true })).action).toBe('replaced')
    expect((await records()).map(({ id }) => id)).toEqual([`${namespace}/pods/p-2`])
    await setPodStatus(ground.server, namespace, { name: 'p-2', phase: 'Failed' })
    expect((await register({}, 'p-1')).action).toBe('created')
  })

  it('leaves labels and annotations of others as they are', async () => {
    const others = { labels: { team: 'blue' }, annotations: { note: 'keep' } }
    await patchPod(ground.server, namespace, 'p-1', others)
    const registration = await register()
    expect(await marksOn(ground.server, namespace, 'p-1')).toMatchObject(others)
    await registration[Symbol.asyncDispose]()
    expect(await marksOn(ground.server, namespace, 'p-1')).toMatchObject(others)
  })

  it('out of traffic: hidden from Kratos by the label, kept by an annotation, with the reason', async () => {
    await register()
    await backend.setStatus?.(await records(), 'down', { reason: 'memory leak' })
    expect(await marksOn(ground.server, namespace, 'p-1')).toMatchObject({
      labels: { 'kratos-service-app': '', 'kratos-service-id': 'i-1', 'kratos-service-version': 'v1' },
    })
    expect(await readings(backend, { services: ['sre'] })).toMatchObject([
      {
        instance: INSTANCE,
        observed: { status: 'down', reason: 'taken out of traffic: memory leak', offlineAt: expect.any(Number) },
      },
    ])
    expect((await register()).action).toBe('unchanged')
    expect(await readings(backend)).toMatchObject([{ instance: INSTANCE, observed: { status: 'down' } }])
    await backend.setStatus?.(await records(), 'up')
    expect(await marksOn(ground.server, namespace, 'p-1')).toEqual({
      labels: { 'kratos-service-app': 'sre', 'kratos-service-id': 'i-1', 'kratos-service-version': 'v1' },
      annotations: { 'kratos-service-metadata': '{}', 'kratos-service-protocols': '{"9000":"grpc"}' },
    })
    expect(await backend.setStatus?.(await records(), 'maintenance')).toMatchObject([{ result: 'unsupported' }])
  })

  it('what the node writes meanwhile is no change of what was seen; what it says of the Pod is', async () => {
    await register()
    const seen = await records()
    await patchPod(ground.server, namespace, 'p-1', { annotations: { touched: 'yes' } })
    expect(results(await collect(backend.remove(seen)))).toEqual({ [`${namespace}/pods/p-1`]: 'done' })
    await register()
    const healthy = await records()
    await setPodStatus(ground.server, namespace, { name: 'p-1', ready: false })
    expect(results(await collect(backend.remove(healthy)))).toEqual({ [`${namespace}/pods/p-1`]: 'changed' })
    const unhealthy = await records()
    await deletePod(ground.server, namespace, 'p-1')
    expect(results(await collect(backend.remove(unhealthy)))).toEqual({ [`${namespace}/pods/p-1`]: 'absent' })
  })

  it('never touches what Kubernetes writes itself', async () => {
    const endpoints = [{ ip: '10.0.0.1', pod: 'p-1' }]
    await createSlice(ground.server, namespace, { name: 'web-1', service: 'web', ports: [{ port: 80 }], endpoints })
    const [record] = await records()
    expect(record?.id).toBe(`${namespace}/endpointslices/web-1/10.0.0.1`)
    const unsupported = [{ id: record?.id, result: 'unsupported', error: { code: 'unsupported' } }]
    expect(await collect(backend.remove(await records()))).toMatchObject(unsupported)
    expect(await backend.setStatus?.(await records(), 'down')).toMatchObject(unsupported)
    const backup = (await records()).map(backupOf)
    expect(await collect(backend.restore?.(backup))).toMatchObject(unsupported)
  })

  it('does not put marks on a Pod that has taken the name of another', async () => {
    await register()
    const backup = (await records()).map(backupOf)
    await deletePod(ground.server, namespace, 'p-1')
    expect(await collect(backend.restore?.(backup))).toMatchObject([{ result: 'failed', error: { code: 'not-found' } }])
    await createPod(ground.server, namespace, { name: 'p-1', ports: [9000] })
    expect(await collect(backend.restore?.(backup))).toMatchObject([{ result: 'failed', error: { code: 'not-found' } }])
    expect(await marksOn(ground.server, namespace, 'p-1')).toEqual({ labels: {}, annotations: {} })
  })
})

function backupOf(record: RawRecord): RestoreRecord {
  return { ...record, ttlGranted: null }
}
