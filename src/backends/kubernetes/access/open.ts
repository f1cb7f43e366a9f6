import { readFile } from 'node:fs/promises'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import { type Access, type ClusterLogin, fixed, tokenIn } from './access.ts'
import type { ClusterChoice, KubernetesTarget } from '../target.ts'
import { accessOf } from './context.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { proxyFor } from './proxy.ts'

/** How the API server of a target is reached: flags override the kubeconfig or the Pod. @throws RollcallError `config` */
export async function accessFor(target: KubernetesTarget): Promise<Access> {
  const access = await accessIn(target)
  const { tls = {}, token } = target
  const [authorities, cert, key] = await Promise.all([tls.cacert, tls.cert, tls.key].map(readPem))
  const login: ClusterLogin = { ...(token === undefined ? {} : { token }), ...(cert && key ? { cert, key } : {}) }
  return {
    ...access,
    authorities: authorities ?? access.authorities,
    verify: tls.insecureSkipVerify ? false : access.verify,
    serverName: tls.serverName ?? access.serverName,
    proxy: access.proxy ?? proxyFor(access.server, target.cluster.proxy),
    credentials: Object.keys(login).length > 0 ? fixed(login) : access.credentials,
  }
}

async function accessIn({ cluster }: KubernetesTarget): Promise<Access> {
  if (isInPod(cluster)) return await accessInCluster(cluster.inCluster)
  return await accessOf(await readKubeconfig(cluster.kubeconfig), cluster.context)
}

/** Whether the cluster of the Pod that the process runs in is meant. */
export function isInPod(cluster: ClusterChoice): cluster is ClusterChoice & { readonly inCluster: string } {
  const { context, kubeconfig, inCluster } = cluster
  return context === undefined && kubeconfig === undefined && inCluster !== undefined
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    throw new RollcallError('config', `kubernetes: a certificate cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/** Where every Pod finds its service account. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The namespace of the Pod that the process runs in. */
export async function namespaceOfPod(folder = FOLDER): Promise<string> {
  return (await readFile(`${folder}/namespace`, 'utf8').catch(() => 'default')).trim()
}

/** The cluster of the Pod that the process runs in, as the Pod's service account. `address`: `host:port`. @throws RollcallError `config` */
export async function accessInCluster(address: string, folder = FOLDER): Promise<Access> {
  try {
    const [authorities, namespace] = await Promise.all([readFile(`${folder}/ca.crt`), namespaceOfPod(folder)])
    return {
      server: new URL(`https://${address}`),
      namespace,
      authorities,
      verify: true,
      serverName: undefined,
      proxy: undefined,
      headers: {},
      credentials: tokenIn(`${folder}/token`),
    }
  } catch (error) {
    throw new RollcallError('config', `kubernetes: this Pod has no service account: ${messageOf(error)}`, {
      hint: 'mount one (automountServiceAccountToken), or name a kubeconfig with KUBECONFIG and its context',
      cause: error,
    })
  }
}
