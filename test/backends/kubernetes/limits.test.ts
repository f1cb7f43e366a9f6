import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPod, newNamespace } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { KubernetesGround } from './ground.ts'

const PODS = 10_000
const MB = 1 << 20

describeWith('kubernetes', `${PODS} Pods`, () => {
  let ground: KubernetesGround
  let namespace: string
  beforeAll(async () => {
    ground = await KubernetesGround.create()
    namespace = await newNamespace(ground.server)
    let next = 0
    const worker = async () => {
      for (let at = next++; at < PODS; at = next++) {
        const labels = { 'kratos-service-app': `s-${at % 50}`, 'kratos-service-id': `i-${at}` }
        // What managed clusters put on a Pod, in size.
        const annotations = { 'kratos-service-metadata': '{}', 'example.org/last-applied': 'x'.repeat(3_000) }
        await createPod(ground.server, namespace, { name: `p-${at}`, ports: [9000], labels, annotations })
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
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
