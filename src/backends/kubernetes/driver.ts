import type { Capabilities } from '../../model/capabilities.ts'
import type { Driver } from '../contract/driver.ts'
import { completeTarget } from './target.ts'

/** The same in every layout: a Pod needs no heartbeats, and the API server compares before it writes. */
const CAPABILITIES: Capabilities = {
  ttl: false,
  renew: false,
  keepAlive: true,
  lease: false,
  watch: true,
  history: true,
  revision: true,
  rawKeys: true,
  guarded: true,
  offline: true,
  restore: true,
  namespaces: true,
  settings: ['pod'],
}

/** Kubernetes 1.21 and newer: Pods that Kratos registered, and Services. */
export const kubernetes: Driver = {
  name: 'kubernetes',
  schemes: ['k8s', 'kubernetes'],
  environment: [
    { name: 'KUBECONFIG', meaning: 'the kubeconfig files, the first to name something wins (~/.kube/config)' },
    { name: 'KUBERNETES_SERVICE_HOST', meaning: 'in a Pod: the cluster that "k8s:" alone stands for' },
    { name: 'KUBERNETES_SERVICE_PORT', meaning: 'in a Pod: its port (443)' },
    { name: 'HTTPS_PROXY', meaning: 'a proxy, where the kubeconfig names none', secret: true },
    { name: 'https_proxy', meaning: 'the same', secret: true },
    { name: 'NO_PROXY', meaning: 'hosts that are reached without it, with commas' },
    { name: 'no_proxy', meaning: 'the same' },
  ],
  ownLogin: 'the login of your kubeconfig, or of the Pod',
  parameters: ['namespace', 'layout'],
  layouts: ['kratos'],
  rules: async () => (await import('./rules.ts')).KUBERNETES_RULES,

  capabilities: () => CAPABILITIES,

  parse: completeTarget,

  async settle(target) {
    const { settle } = await import('./settle.ts')
    return await settle(target)
  },

  async open(target, options) {
    const { openKubernetes } = await import('./backend.ts')
    return openKubernetes(target, options, CAPABILITIES)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}
