import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import { createPod, createSlice, marksOn, newNamespace, patchPod } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { collect } from '../../conformance/ground.ts'
import { KubernetesGround, readings } from './ground.ts'

/** The patches that Kratos v2.9.2 sends, byte for byte. */
const REGISTER = {
  creationTimestamp: null,
  labels: { 'kratos-service-app': 'helloworld', 'kratos-service-version': 'v1.2.3', 'kratos-service-id': 'i-1' },
  annotations: {
    'kratos-service-metadata': '{"zone":"a"}',
    'kratos-service-protocols': '{"9000":"grpc","8000":"http"}',
  },
}
const DEREGISTER = {
  creationTimestamp: null,
  labels: { 'kratos-service-app': '', 'kratos-service-version': '', 'kratos-service-id': '' },
  annotations: { 'kratos-service-metadata': '{}', 'kratos-service-protocols': '{}' },
}
/** What Kratos wrote, with other annotations. */
const markedWith = (annotations: object) => ({
  labels: REGISTER.labels,
  annotations: { ...REGISTER.annotations, ...annotations },
})
const PORTS = [9000, 'http-web:8000', 7000]

await describeWith('kubernetes', 'what Kratos writes on Pods', () => {
  let ground: KubernetesGround
  let namespace: string
  let backend: Backend
  beforeAll(async () => {
    ground = await KubernetesGround.create()
    namespace = await newNamespace(ground.server)
    backend = await ground.openAs('admin', { namespace })
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  it('is read as Kratos reads it, the port without a scheme too', async () => {
    await createPod(ground.server, namespace, { name: 'pod-a', ip: '10.1.2.3', ports: PORTS })
    await patchPod(ground.server, namespace, 'pod-a', REGISTER)
    expect(await readings(backend)).toMatchObject([
      {
        is: 'instance',
        instance: {
          id: 'i-1',
          name: 'helloworld',
          version: 'v1.2.3',
          metadata: { zone: 'a' },
          endpoints: ['grpc://10.1.2.3:9000', 'http://10.1.2.3:8000', 'TCP://10.1.2.3:7000'],
        },
        observed: { status: 'up', layout: 'kratos', place: { namespace } },
      },
    ])
  })

  it('is what register and deregister write, byte for byte', async () => {
    await createPod(ground.server, namespace, { name: 'pod-b', ip: '10.1.2.4', ports: PORTS })
    const registration = await backend.register(
      {
        id: 'i-2',
        name: 'helloworld',
        version: 'v1.2.3',
        metadata: { zone: 'a' },
        endpoints: ['grpc://10.1.2.4:9000', 'http://10.1.2.4:8000'],
      },
      { settings: { pod: 'pod-b' } },
    )
    const { labels, annotations } = REGISTER
    expect(await marksOn(ground.server, namespace, 'pod-b')).toEqual({
      labels: { ...labels, 'kratos-service-id': 'i-2' },
      annotations: { ...annotations, 'kratos-service-protocols': '{"8000":"http","9000":"grpc"}' },
    })
    await registration[Symbol.asyncDispose]()
    const { labels: emptied, annotations: empty } = DEREGISTER
    expect(await marksOn(ground.server, namespace, 'pod-b')).toEqual({ labels: emptied, annotations: empty })
  })

  it('is no instance after Kratos has deregistered, and structure for those who ask', async () => {
    await patchPod(ground.server, namespace, 'pod-a', DEREGISTER)
    expect(await readings(backend)).toEqual([])
    expect(await readings(backend, {}, { structure: true })).toEqual([{ is: 'structure' }, { is: 'structure' }])
  })

  it('is malformed where an annotation is: Kratos fails for all of the service', async () => {
    const bad = {
      'kratos-service-metadata': ['not json', '[1]', '{"a":1}', '"text"'],
      'kratos-service-protocols': ['{', '{"9000":true}'],
    }
    for (const [name, values] of Object.entries(bad))
      for (const value of values) {
        await patchPod(ground.server, namespace, 'pod-a', markedWith({ [name]: value }))
        expect(await readings(backend), value).toMatchObject([
          { is: 'malformed', problem: { id: 'i-1', name: 'helloworld' } },
        ])
      }
    for (const value of ['', 'null', 'nil', '[]', '{}', '{"a":null}']) {
      await patchPod(ground.server, namespace, 'pod-a', markedWith({ 'kratos-service-metadata': value }))
      expect(await readings(backend), value).toMatchObject([{ is: 'instance' }])
    }
  })

  it('has statuses of the Pod', async () => {
    const namespace2 = await newNamespace(ground.server)
    const other = await ground.openAs('admin', { namespace: namespace2 })
    const states = [
      ['Pending', false, 'starting'],
      ['Running', true, 'up'],
      ['Running', false, 'unhealthy'],
      ['Failed', false, 'down'],
      ['Succeeded', false, 'down'],
    ] as const
    for (const [at, [phase, ready]] of states.entries())
      await createPod(ground.server, namespace2, {
        name: `p-${at}`,
        phase,
        ready,
        labels: { 'kratos-service-app': 'sre' },
      })
    const found = await readings(other)
    expect(found.map((reading) => reading.is === 'instance' && reading.observed.status)).toEqual(
      states.map(([, , status]) => status),
    )
    const pages = await collect(other.scan({}))
    const dead = pages.flatMap(({ records }) =>
      records.map((record) => {
        const reading = other.read(record, 0)
        if (reading.is !== 'instance') return undefined
        const { instance, observed } = reading
        return other.whyDead({ is: 'instance', service: 'sre', instance, observed, records: [record] }, 0)
      }),
    )
    expect(dead.filter(Boolean)).toEqual(['the Pod has finished (Failed)', 'the Pod has finished (Succeeded)'])
  })

  it('is not told twice where a Service has the same Pod', async () => {
    const own = await newNamespace(ground.server)
    const other = await ground.openAs('admin', { namespace: own })
    await createPod(ground.server, own, { name: 'pod-a', ip: '10.1.2.3', ports: [9000], ...REGISTER })
    await createPod(ground.server, own, { name: 'pod-b', ip: '10.1.2.4', ports: [9000] })
    await createSlice(ground.server, own, {
      name: 'helloworld-x1',
      service: 'helloworld',
      labels: { team: 'blue', 'app.kubernetes.io/version': 'v2' },
      ports: [{ name: 'grpc-main', port: 9000 }, { name: 'web', port: 80, appProtocol: 'http' }, { port: 1 }],
      endpoints: [{ ip: '10.1.2.3', pod: 'pod-a' }, { ip: '10.1.2.4', pod: 'pod-b', ready: false }, { ip: '10.1.2.5' }],
    })
    await createSlice(ground.server, own, {
      name: 'helloworld-x2',
      service: 'helloworld',
      family: 'IPv6',
      ports: [{ name: 'grpc-main', port: 9000 }],
      endpoints: [{ ip: 'fd00::4', pod: 'pod-b', terminating: true }],
    })
    const found = await readings(other)
    expect(found.map((reading) => reading.is === 'instance' && [reading.instance.id, reading.observed.layout])).toEqual(
      [
        ['pod-b', 'service'],
        ['10.1.2.5', 'service'],
        ['pod-b', 'service'],
        ['i-1', 'kratos'],
      ],
    )
    expect(found.slice(0, 3)).toMatchObject([
      {
        instance: {
          version: 'v2',
          metadata: { team: 'blue' },
          endpoints: ['grpc://10.1.2.4:9000', 'http://10.1.2.4:80', 'tcp://10.1.2.4:1'],
        },
        observed: { status: 'unhealthy' },
      },
      { observed: { status: 'up' } },
      {
        instance: { endpoints: ['grpc://[fd00::4]:9000'] },
        observed: { status: 'stopping' },
        groupKey: `${own}/pod-b`,
      },
    ])
    const pods = await ground.openAs('admin', { namespace: own, layout: 'kratos' })
    expect(await readings(pods)).toHaveLength(1)
  })
})
