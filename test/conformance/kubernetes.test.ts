import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { kubernetes } from '../../src/backends/kubernetes/driver.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { parseRegistryUrl } from '../../src/model/registry-url.ts'
import { kubeconfigOf } from '../backends/kubernetes/ground.ts'
import { createPod, newNamespace } from '../servers/kubernetes/objects.ts'
import { type KubernetesServer, startKubernetes } from '../servers/kubernetes/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Registry } from './ground.ts'
import { conformance } from './suite.ts'
import { PATIENT } from '../patience.ts'

await describeWith('kubernetes', 'conformance on Kubernetes', () => {
  let server: KubernetesServer
  let folder: string
  beforeAll(async () => {
    server = await startKubernetes()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-k8s-'))
    const admin = { name: 'admin', user: { token: 'admin-token' } }
    await writeFile(join(folder, 'config'), kubeconfigOf(server, [admin]))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  for (const layout of ['auto', 'kratos'] as const)
    conformance(`kubernetes, layout ${layout}`, kubernetes.capabilities(layout), async () => {
      const settings = { layout, namespace: await newNamespace(server), ...PATIENT }
      const environment = { KUBECONFIG: join(folder, 'config') }
      const target = kubernetes.parse(parseRegistryUrl('k8s://admin'), settings, environment)
      const url = `k8s://admin?namespace=${settings.namespace}&layout=${layout}`
      return registryOn(server, settings.namespace, {
        open: (options) => kubernetes.open(target, options),
        diagnose: (options) => kubernetes.diagnose(target, options),
        named: () => ({ url, env: environment }),
      })
    })
})

/** A Pod's addresses nobody chooses: another port is other metadata. */
const instance = (name: string, id: string, port: number): InstanceInit => ({
  id,
  name,
  version: 'v1.0.0',
  metadata: { zone: 'a', text: '<&>"é', port: String(port) },
  endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:9001'],
})

/** A namespace of the test's own. Each instance is a Pod. */
function registryOn(
  server: KubernetesServer,
  namespace: string,
  opening: Pick<Registry, 'open' | 'diagnose' | 'named'>,
): Registry {
  const pods = new Map<string, Promise<void>>()
  return {
    ...opening,
    instance,
    withStatus: (service, id, port) => ({ instance: instance(service, id, port) }),
    malformed: (service, id) => ({ id, service, body: {}, ttlGranted: null }),
    typed: true,
    strangeName: 'User_Service.2',
    prepare(wanted) {
      const name = podOf(wanted)
      const made = pods.get(name) ?? createPod(server, namespace, { name, ports: [9000, 9001] })
      pods.set(name, made)
      return made
    },
    optionsFor: (wanted) => ({ settings: { pod: podOf(wanted) } }),
    async forget() {
      await server.compact()
      // What it still holds in memory goes with it.
      await server.restart()
    },
    async [Symbol.asyncDispose]() {},
  }
}

function podOf({ name, id }: InstanceInit): string {
  return `pod-${createHash('sha256').update(`${name}/${id}`).digest('hex').slice(0, 16)}`
}
