import { delimiter } from 'node:path'
import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import { option, secretPlace } from '../../model/wording.ts'
import type { Environment, Settings, Target } from '../contract/driver.ts'

/** A target with the environment's kubeconfig files, in-cluster address and proxy. The files are read when it is opened. */
export interface KubernetesTarget extends Target {
  readonly cluster: ClusterChoice
}

export interface ClusterChoice {
  /** Of a kubeconfig. Undefined: the cluster of the Pod that the process runs in, else the current context. */
  readonly context: string | undefined
  /** The files of KUBECONFIG, of which the first to name something wins. Undefined: ~/.kube/config. */
  readonly kubeconfig: readonly string[] | undefined
  /** `host:port` of the API server, which every Pod has in its environment. */
  readonly inCluster: string | undefined
  readonly proxy: { readonly url: string; readonly except: readonly string[] } | undefined
}

/** The cluster and namespace that a URL names; `settings` override it. Pure. @throws RollcallError `usage` */
export function completeTarget(url: RegistryUrl, settings: Settings, environment: Environment): KubernetesTarget {
  const context = contextIn(url)
  refuseWhatItHasNot(url, settings)
  const namespace = settings.namespace ?? url.query['namespace']
  return {
    ...settings,
    ...(namespace === undefined ? {} : { namespace }),
    driver: 'kubernetes',
    display: displayOf(context, namespace, settings.allNamespaces),
    url,
    endpoints: [],
    secure: true,
    layout: settings.layout ?? 'auto',
    cluster: {
      context,
      kubeconfig: filesIn(environment['KUBECONFIG']),
      inCluster: inClusterOf(environment),
      proxy: proxyOf(environment),
    },
  }
}

/** The target as `completeTarget` made it. @throws RollcallError `usage` for one of another kind */
export function clusterIn(target: Target): KubernetesTarget {
  if (isOfKubernetes(target)) return target
  throw new RollcallError('usage', `${target.display} does not name a cluster`)
}

function isOfKubernetes(target: Target): target is KubernetesTarget {
  return 'cluster' in target
}

/** A context can look like a login and a path: kubeadm's are `user@host`, those of some clouds have slashes. */
function contextIn({ user, hosts, path }: RegistryUrl): string | undefined {
  const login = user === undefined ? '' : `${user}@`
  const context = `${login}${hosts.map(decoded).join(',')}${path.replace(/\/$/, '')}`
  return context === '' ? undefined : context
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A target for people. */
export function displayOf(context = '', namespace = '', all = false): string {
  if (all) return `k8s://${context} (all namespaces)`
  return `k8s://${context}${namespace === '' ? '' : `?namespace=${namespace}`}`
}

function refuseWhatItHasNot({ query, user }: RegistryUrl, settings: Settings): void {
  if (settings.prefix !== undefined || query['prefix'] !== undefined)
    throw new RollcallError('usage', 'Kubernetes has no key prefix', {
      hint: `name a namespace with ${option('namespace')}, or all with ${option('allNamespaces')}`,
    })
  // The user in the URL is a part of the context's name.
  const login = settings.user === user ? undefined : settings.user
  if (login !== undefined || settings.password !== undefined)
    throw new RollcallError('usage', 'Kubernetes takes no user and password', {
      hint: `the kubeconfig has your login; or put a token in ${secretPlace('token')}`,
    })
}

function filesIn(kubeconfig = ''): string[] | undefined {
  const files = kubeconfig.split(delimiter).filter(Boolean)
  return files.length === 0 ? undefined : files
}

function inClusterOf(environment: Environment): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment
  if (!host) return undefined
  return `${host.includes(':') ? `[${host}]` : host}:${port || '443'}`
}

function proxyOf(environment: Environment): ClusterChoice['proxy'] {
  const url = environment['HTTPS_PROXY'] || environment['https_proxy']
  if (!url) return undefined
  const except = (environment['NO_PROXY'] || environment['no_proxy'] || '').split(',')
  return { url, except: except.map((name) => name.trim().toLowerCase()).filter(Boolean) }
}
