import type { Row } from '../harness/bench.ts'
import { startKubernetes, writeKubeconfig } from '../registries/kubernetes.ts'
import { COUNT, fullListOf } from './other-registry.ts'

export const kubernetes: Row = {
  name: 'kubernetes',
  about: 'the full list of 10,000 marked Pods in Kubernetes, beside a raw client that reads the Pods alone',
  async measure(bench) {
    await using server = await startKubernetes(bench.scaled(COUNT))
    const config = writeKubeconfig(bench.folder, server)
    const { argv, env } = bench.fullList('k8s://admin')
    return await fullListOf(bench, {
      title: 'Kubernetes',
      server,
      ours: { argv, env: { ...env, KUBECONFIG: config } },
      raw: bench.client('raw-kubernetes', server.url, server.cacert, 'admin-token'),
    })
  },
}
