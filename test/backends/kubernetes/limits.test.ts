import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newNamespace } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { KubernetesGround } from './ground.ts'

const PODS = 10_000
const MB = 1 << 20

await describeWith('kubernetes', `${PODS} Pods`, () => {
  let ground: KubernetesGround
  let namespace: string
  beforeAll(async () => {
    ground = await KubernetesGround.create()
    namespace = await newNamespace(ground.server)
    await ground.server.store(
      Array.from({ length: PODS }, (_, at) => [`pods/${namespace}/p-${at}`, pod(namespace, at)]),
    )
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  it('are read by pages, services together, in bounded memory', { timeout: 120_000 }, async () => {
    const backend = await ground.openAs('admin', { namespace, requestTimeout: 30_000 })
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    let most = 0
    let count = 0
    const services: string[] = []
    for await (const { records } of backend.scan({})) {
      most = Math.max(most, process.memoryUsage().heapUsed - before)
      count += records.length
      for (const { service } of records) if (services.at(-1) !== service) services.push(service)
    }
    expect(count).toBe(PODS)
    expect(services).toHaveLength(50)
    expect(most).toBeLessThan(150 * MB)
  })
})

/** As large as the Pods of managed clusters are. */
function pod(namespace: string, at: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `p-${at}`,
      namespace,
      uid: randomUUID(),
      creationTimestamp: '2026-11-21T10:00:00Z',
      labels: { 'kratos-service-app': `s-${at % 50}`, 'kratos-service-id': `i-${at}` },
      annotations: { 'kratos-service-metadata': '{}', 'example.org/last-applied': 'x'.repeat(4_000) },
    },
    spec: { containers: [{ name: 'app', image: 'app', ports: [{ containerPort: 9000, protocol: 'TCP' }] }] },
    status: { phase: 'Running', podIP: `10.0.${at >> 8}.${at & 255}`, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}
