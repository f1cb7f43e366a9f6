import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { createPod, grant, marksOn, newNamespace, patchPod } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { collect } from '../../conformance/ground.ts'
import { Gateway, type Passage } from './gateway.ts'
import { KubernetesGround } from './ground.ts'

const MARKED = { 'kratos-service-app': 'tax', 'kratos-service-id': 'i-1' }
const CLEARED = { 'kratos-service-app': '', 'kratos-service-id': '', 'kratos-service-version': '' }
const INSTANCE = { id: 'i-1', name: 'tax', endpoints: ['grpc://10.0.0.1:9000'] }
const TAKING = { settings: { pod: 'new' }, replace: true }
const MANY = 40
const AT_ONCE = 16

await describeWith('kubernetes', 'changes that cannot be finished', () => {
  let ground: KubernetesGround
  let namespace: string
  beforeAll(async () => {
    ground = await KubernetesGround.create()
  })
  afterAll(() => ground[Symbol.asyncDispose]())
  beforeEach(async () => {
    namespace = await newNamespace(ground.server)
    await createPod(ground.server, namespace, { name: 'old', ports: [9000], labels: MARKED })
    await createPod(ground.server, namespace, { name: 'new', ports: [9000] })
    await grant(ground.server, 'reader', { namespace, verbs: ['get', 'list'], resource: 'pods' })
  })

  const mayMark = (name: string) =>
    grant(ground.server, 'reader', { namespace, verbs: ['patch'], resource: 'pods', name })
  const labelsOn = async (name: string) =>
    ((await marksOn(ground.server, namespace, name)) as { labels: Record<string, string> }).labels
  const through = async (gateway: Gateway, { user = 'admin', requestTimeout = 20_000 } = {}): Promise<Backend> => {
    const entry = { name: user, user: { token: `${user}-token` } }
    const KUBECONFIG = await ground.kubeconfig([entry], { server: gateway.url })
    return await ground.open('k8s:', { namespace, layout: 'kratos', requestTimeout }, { KUBECONFIG })
  }

  it('marks its own Pod before it touches another: refused, it leaves all as it was', async () => {
    await mayMark('old')
    await using gateway = await Gateway.to(ground.server.port)
    const backend = await through(gateway, { user: 'reader' })
    await expect(backend.register(INSTANCE, TAKING)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('patch pods "new"'),
    })
    expect(gateway.calls.filter((call) => call.startsWith('PATCH'))).toEqual(['PATCH new'])
    expect([await labelsOn('old'), await labelsOn('new')]).toEqual([MARKED, {}])
  })

  it('marks its own Pod first also where that says another instance already', async () => {
    const other = { 'kratos-service-app': 'pay', 'kratos-service-id': 'i-9' }
    await createPod(ground.server, namespace, { name: 'busy', ports: [9000], labels: other })
    await mayMark('old')
    const backend = await ground.openAs('reader', { namespace, layout: 'kratos' })
    const taking = backend.register(INSTANCE, { settings: { pod: 'busy' }, replace: true })
    await expect(taking).rejects.toMatchObject({ code: 'forbidden' })
    expect([await labelsOn('old'), await labelsOn('busy')]).toEqual([MARKED, other])
  })

  it('takes its own marks back where it has no permission to unmark the other Pod', async () => {
    await mayMark('new')
    const backend = await ground.openAs('reader', { namespace, layout: 'kratos' })
    await expect(backend.register(INSTANCE, TAKING)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('patch pods "old"'),
    })
    expect([await labelsOn('old'), await labelsOn('new')]).toEqual([MARKED, CLEARED])
  })

  it('reports the first error where taking back fails too', async () => {
    await mayMark('new')
    await using gateway = await Gateway.to(ground.server.port)
    gateway.passageOf = (call) => (gateway.calls.includes('PATCH old') && call === 'PATCH new' ? 'cut' : 'pass')
    const backend = await through(gateway, { user: 'reader' })
    await expect(backend.register(INSTANCE, TAKING)).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('patch pods "old"'),
    })
    expect(gateway.calls.filter((call) => call.startsWith('PATCH'))).toEqual(['PATCH new', 'PATCH old', 'PATCH new'])
    expect(await labelsOn('old')).toEqual(MARKED)
  })

  it('takes back marks whose answer never came, and leaves the other Pod alone', async () => {
    await using gateway = await Gateway.to(ground.server.port)
    gateway.passageOf = (call) =>
      call === 'PATCH new' && gateway.calls.filter((each) => each === call).length === 1 ? 'lose' : 'pass'
    const backend = await through(gateway, { requestTimeout: 3_000 })
    await expect(backend.register(INSTANCE, TAKING)).rejects.toMatchObject({ code: 'timeout' })
    expect([await labelsOn('old'), await labelsOn('new')]).toEqual([MARKED, CLEARED])
  })

  it('takes back nothing that another made of the Pod meanwhile', async () => {
    await using gateway = await Gateway.to(ground.server.port)
    gateway.passageOf = (call) => (call === 'PATCH new' ? 'swallow' : 'pass')
    const backend = await through(gateway, { requestTimeout: 3_000 })
    const taking = backend.register(INSTANCE, TAKING)
    taking.catch(() => {})
    while (!gateway.calls.includes('PATCH new')) await gateway.next()
    const admin = await ground.openAs('admin', { namespace, layout: 'kratos' })
    await admin.register({ ...INSTANCE, name: 'pay', id: 'i-2' }, { settings: { pod: 'new' } })
    gateway.passageOf = () => 'pass'
    await expect(taking).rejects.toMatchObject({ code: 'timeout' })
    expect(await labelsOn('new')).toMatchObject({ 'kratos-service-app': 'pay', 'kratos-service-id': 'i-2' })
    expect(await labelsOn('old')).toEqual(MARKED)
  })

  it('takes back what it marked when it is interrupted', async () => {
    await using gateway = await Gateway.to(ground.server.port)
    gateway.passageOf = (call) =>
      call === 'PATCH new' && gateway.calls.filter((each) => each === call).length === 1 ? 'lose' : 'pass'
    const backend = await through(gateway, { requestTimeout: 600_000 })
    const stop = new AbortController()
    const reason = new Error('interrupted')
    const taking = backend.register(INSTANCE, { ...TAKING, signal: stop.signal })
    taking.catch(() => {})
    await eventually(async () => expect(await labelsOn('new')).toMatchObject(MARKED))
    stop.abort(reason)
    await expect(taking).rejects.toBe(reason)
    expect([await labelsOn('old'), await labelsOn('new')]).toEqual([MARKED, CLEARED])
  })

  it('keeps its marks where the other Pod may be unmarked already', async () => {
    await using gateway = await Gateway.to(ground.server.port)
    gateway.passageOf = (call) => (call === 'PATCH old' ? 'lose' : 'pass')
    const backend = await through(gateway, { requestTimeout: 3_000 })
    await expect(backend.register(INSTANCE, TAKING)).rejects.toMatchObject({ code: 'timeout' })
    expect([await labelsOn('old'), await labelsOn('new')]).toEqual([
      expect.objectContaining(CLEARED),
      expect.objectContaining(MARKED),
    ])
  })

  it('ends a change of many Pods with the first silence, and at once when it is interrupted', async () => {
    for (let at = 0; at < MANY; at += 1)
      await createPod(ground.server, namespace, {
        name: `p-${at}`,
        ports: [9000],
        labels: { ...MARKED, 'kratos-service-id': `p-${at}` },
      })
    await using gateway = await Gateway.to(ground.server.port)
    gateway.passageOf = (call) => (call.startsWith('PATCH') ? 'swallow' : 'pass')
    const sent = () => gateway.calls.filter((call) => call.startsWith('PATCH')).length
    const backend = await through(gateway, { requestTimeout: 3_000 })
    const pages = await collect(backend.scan({}))
    const records = pages.flatMap((page) => page.records)
    const results = (await collect(backend.remove(records))).map(({ result }) => result)
    expect(sent()).toBe(AT_ONCE)
    expect(results.filter((result) => result === 'in-doubt')).toHaveLength(AT_ONCE)
    expect(results.filter((result) => result === 'not-attempted')).toHaveLength(records.length - AT_ONCE)

    const patient = await through(gateway, { requestTimeout: 600_000 })
    const stop = new AbortController()
    const reason = new Error('interrupted')
    const removing = collect(patient.remove(records, { signal: stop.signal }))
    removing.catch(() => {})
    while (sent() < 2 * AT_ONCE) await gateway.next()
    stop.abort(reason)
    await expect(removing).rejects.toBe(reason)
  })

  it('finishes although both Pods get new revisions meanwhile', async () => {
    await using gateway = await Gateway.to(ground.server.port)
    const backend = await through(gateway)
    gateway.passageOf = async (call): Promise<Passage> => {
      const isFirst = gateway.calls.filter((each) => each === call).length === 1
      const [method, name = ''] = call.split(' ')
      if (method === 'PATCH' && isFirst)
        await patchPod(ground.server, namespace, name, { annotations: { 'example.org/touched': 'yes' } })
      return 'pass'
    }
    expect((await backend.register(INSTANCE, TAKING)).action).toBe('replaced')
    expect(gateway.calls.filter((call) => call.startsWith('PATCH'))).toEqual([
      'PATCH new',
      'PATCH new',
      'PATCH old',
      'PATCH old',
    ])
    expect([await labelsOn('old'), await labelsOn('new')]).toEqual([
      expect.objectContaining(CLEARED),
      expect.objectContaining(MARKED),
    ])
  })
})
