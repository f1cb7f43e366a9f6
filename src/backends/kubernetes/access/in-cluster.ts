import { readFile } from 'node:fs/promises'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import type { Access } from './access.ts'
import { tokenIn } from './credentials.ts'

/** Where every Pod finds its service account. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The cluster whose Pod we run in, as the Pod's service account. `address`: `host:port`. @throws RollcallError `config` */
export async function accessInCluster(address: string, folder = FOLDER): Promise<Access> {
  try {
    const [authorities, namespace] = await Promise.all([
      readFile(`${folder}/ca.crt`),
      readFile(`${folder}/namespace`, 'utf8').catch(() => 'default'),
    ])
    return {
      server: new URL(`https://${address}`),
      namespace: namespace.trim(),
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
