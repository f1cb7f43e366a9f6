import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubernetes as kind } from '../../test/servers/kubernetes/provision.ts'
import { KubernetesServer } from '../../test/servers/kubernetes/server.ts'
import { instance } from './fleet.ts'
import { programsOf } from './provide.ts'

/** Bytes of annotations that Pods of managed clusters have besides Kratos' own. */
const ANNOTATIONS = 4_000

/** A kube-apiserver of the bench's own whose namespace `default` has so many Pods that Kratos marked. */
export async function startKubernetes(count: number): Promise<KubernetesServer> {
  const server = await KubernetesServer.start(await programsOf(kind))
  await server.store(Array.from({ length: count }, (_, at) => [`pods/default/p-${at}`, podOf(at)]))
  return server
}

/** The path of a kubeconfig with the one context `admin`. */
export function writeKubeconfig(folder: string, { url, cacert }: KubernetesServer): string {
  const path = join(folder, 'kubeconfig')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'admin',
    clusters: [{ name: 'bench', cluster: { server: url, 'certificate-authority': cacert } }],
    users: [{ name: 'admin', user: { token: 'admin-token' } }],
    contexts: [{ name: 'admin', context: { cluster: 'bench', user: 'admin' } }],
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

function podOf(at: number): object {
  const { id, name, version, metadata } = JSON.parse(instance(at).value) as { [field: string]: string | object }
  const container = { name: 'app', image: 'app', ports: [{ name: 'grpc', containerPort: 9000, protocol: 'TCP' }] }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `p-${at}`,
      namespace: 'default',
      uid: uuidOf(at),
      creationTimestamp: '2026-11-21T10:00:00Z',
      labels: { 'kratos-service-app': name, 'kratos-service-id': id, 'kratos-service-version': version },
      annotations: {
        'kratos-service-metadata': JSON.stringify(metadata),
        'example.org/last-applied': 'x'.repeat(ANNOTATIONS),
      },
    },
    spec: { containers: [container] },
    status: {
      phase: 'Running',
      podIP: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }
}

function uuidOf(at: number): string {
  const digits = createHash('sha256').update(String(at)).digest('hex')
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join('-')
}
