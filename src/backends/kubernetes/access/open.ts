import { readFile } from 'node:fs/promises'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import type { KubernetesTarget } from '../target.ts'
import type { Access, Login } from './access.ts'
import { accessOf } from './choose.ts'
import { fixed } from './credentials.ts'
import { accessInCluster } from './in-cluster.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { proxyFor } from './proxy.ts'

/** How the API server of a target is reached: flags win over what the kubeconfig, or the Pod, says. */
export async function accessFor(target: KubernetesTarget): Promise<Access> {
  const access = await accessIn(target)
  const { tls = {}, token } = target
  const [authorities, cert, key] = await Promise.all([tls.cacert, tls.cert, tls.key].map(readPem))
  const login: Login = { ...(token === undefined ? {} : { token }), ...(cert && key ? { cert, key } : {}) }
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
  const { context, kubeconfig, inCluster } = cluster
  const isHere = context === undefined && kubeconfig === undefined && inCluster !== undefined
  return isHere ? accessInCluster(inCluster) : accessOf(await readKubeconfig(kubeconfig), context)
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    throw new RollcallError('config', `kubernetes: a certificate cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
