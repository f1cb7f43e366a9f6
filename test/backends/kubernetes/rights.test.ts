import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPod, createSlice, grant, newNamespace } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { collect } from '../../conformance/ground.ts'
import { KubernetesGround, readings } from './ground.ts'

const MARKED = { 'kratos-service-app': 'sre', 'kratos-service-id': 'i-1' }
const forbidden = (message: string, hint = '') =>
  expect.objectContaining({
    code: 'forbidden',
    message: `kubernetes: the user "nobody" has no permission to ${message}`,
    hint: expect.stringContaining(hint),
  })
const DISCOVERY = 'discovery.k8s.io'

await describeWith('kubernetes', 'rights', () => {
  let ground: KubernetesGround
  let namespace: string
  beforeAll(async () => {
    ground = await KubernetesGround.create()
    namespace = await newNamespace(ground.server)
    await createPod(ground.server, namespace, { name: 'p-1', ports: [9000], labels: MARKED })
    await createSlice(ground.server, namespace, {
      name: 'web-1',
      service: 'web',
      ports: [{ name: 'http', port: 80 }],
      endpoints: [{ ip: '10.0.0.9' }],
    })
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  it('who may nothing is told the verb, the resource and the namespace', async () => {
    const backend = await ground.openAs('nobody', { namespace })
    const where = `in the namespace "${namespace}"`
    await expect(readings(backend)).rejects.toEqual(forbidden(`list pods ${where}`, 'with list on pods'))
    const all = await ground.openAs('nobody', { allNamespaces: true })
    await expect(readings(all)).rejects.toEqual(forbidden('list pods in all namespaces', '`namespace`'))
    const instance = { id: 'i-1', name: 'sre', endpoints: ['grpc://10.0.0.1:9000'] }
    await expect(backend.register(instance, { settings: { pod: 'p-1' } })).rejects.toEqual(
      forbidden(`get pods "p-1" ${where}`),
    )
    const admin = await ground.openAs('admin', { namespace })
    const [page] = await collect(admin.scan({ services: ['sre'] }))
    expect(await collect(backend.remove(page?.records ?? []))).toEqual([
      { id: `${namespace}/pods/p-1`, result: 'failed', error: forbidden(`patch pods "p-1" ${where}`) },
    ])
    const watching = backend.watch?.({}, { since: page?.revision ?? '', signal: new AbortController().signal })
    await expect(collect(watching)).rejects.toEqual(forbidden(`list pods ${where}`))
  })

  it('who looks into an empty namespace is told of others that hold services, as far as he may see them', async () => {
    const empty = await newNamespace(ground.server)
    const admin = await ground.openAs('admin', { namespace: empty })
    expect(await admin.alternatives?.()).toContainEqual({
      place: namespace,
      option: 'namespace',
      count: 2,
      unit: 'service',
      more: false,
    })
    const nobody = await ground.openAs('nobody', { namespace: empty })
    expect(await nobody.alternatives?.()).toEqual([])
  })

  it('who may see Pods alone sees them, and is told of the rest', async () => {
    await grant(ground.server, 'reader', { namespace, verbs: ['list', 'watch'], resource: 'pods' })
    const backend = await ground.openAs('reader', { namespace })
    const pages = await collect(backend.scan({}))
    expect(pages).toMatchObject([
      {
        records: [{ id: `${namespace}/pods/p-1` }],
        revision: expect.stringMatching(/^\d+$/),
        unreadable: `not all is shown: the user "reader" has no permission to list endpointslices in the namespace "${namespace}"`,
      },
    ])
    const kratos = await ground.openAs('reader', { namespace, layout: 'kratos' })
    expect((await collect(kratos.scan({})))[0]?.unreadable).toBeUndefined()
    await grant(ground.server, 'reader', { namespace, verbs: ['list'], resource: 'endpointslices', group: DISCOVERY })
    expect(await readings(backend)).toHaveLength(2)
    const [page] = await collect(backend.scan({}))
    const watching = backend.watch?.({}, { since: page?.revision ?? '', signal: new AbortController().signal })
    await expect(collect(watching)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('has no permission to watch endpointslices'),
    })
  })

  it('a namespace that does not exist is no empty one, and one that may not be looked at is', async () => {
    const admin = await ground.openAs('admin', { namespace: 'no-such' })
    await expect(readings(admin)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('has no namespace "no-such"'),
    })
    await grant(ground.server, 'reader', { namespace: 'default', verbs: ['list'], resource: 'pods' })
    const reader = await ground.openAs('reader', { namespace: 'default', layout: 'kratos' })
    expect(await readings(reader)).toEqual([])
  })

  it('who may not mark his own Pod unmarks no other when he takes its place', async () => {
    const place = await newNamespace(ground.server)
    await createPod(ground.server, place, {
      name: 'old',
      ports: [9000],
      labels: { ...MARKED, 'kratos-service-app': 'tax' },
    })
    await createPod(ground.server, place, { name: 'new', ports: [9000] })
    await grant(ground.server, 'reader', { namespace: place, verbs: ['get', 'list'], resource: 'pods' })
    await grant(ground.server, 'reader', { namespace: place, verbs: ['patch'], resource: 'pods', name: 'old' })
    const backend = await ground.openAs('reader', { namespace: place, layout: 'kratos' })
    const taking = backend.register({ id: 'i-1', name: 'tax' }, { settings: { pod: 'new' }, replace: true })
    await expect(taking).rejects.toMatchObject({ code: 'forbidden' })
    expect(await readings(backend)).toMatchObject([{ instance: { name: 'tax', id: 'i-1' } }])
  })

  it('all namespaces together, each instance with its own', async () => {
    const other = await newNamespace(ground.server)
    await createPod(ground.server, other, { name: 'p-1', ports: [9000], labels: MARKED })
    const backend = await ground.openAs('admin', { allNamespaces: true })
    const found = await readings(backend, { services: ['sre'] })
    const places = found.map((reading) => reading.is === 'instance' && reading.observed.place?.namespace)
    expect(new Set(places)).toEqual(new Set([namespace, other]))
    expect(places).toHaveLength(2)
    const instance = { id: 'i-9', name: 'sre', endpoints: [] }
    await expect(backend.register(instance, { settings: { pod: 'p-1' } })).rejects.toMatchObject({ code: 'usage' })
  })
})
