import type { OutgoingHttpHeaders } from 'node:http'
import { resolve } from 'node:path'
import { RollcallError } from '../../../model/errors.ts'
import { isTree, listIn, textIn, treeIn } from '../object.ts'
import { type Access, type ClusterLogin, type Credentials, fixed, tokenIn } from './access.ts'
import { type PluginCluster, execCredentials } from './exec.ts'
import { type Kubeconfig, type Named, pemOf } from './kubeconfig.ts'
import { proxyIn } from './proxy.ts'

/** A context of a kubeconfig. */
interface FoundContext {
  readonly name: string
  /** In which its user looks unless another is named. */
  readonly namespace: string
  readonly context: Named
}

/** The context of that name; the current one where none is wanted. @throws RollcallError `config` */
export function contextNamed(config: Kubeconfig, wanted: string | undefined): FoundContext {
  const name = wanted ?? config.current
  if (name === undefined)
    throw new RollcallError('config', `kubernetes: ${config.files.join(' and ')} has no current context`, {
      hint: `name one: ${[...config.contexts.keys()].map((each) => `k8s://${each}`).join(' or ')}`,
    })
  const context = config.contexts.get(name)
  if (!context) throw noSuchContext(config, name)
  return { name, namespace: textIn(context.value['namespace']) || 'default', context }
}

/** How the API server of a context is reached; of the current one where none is named. @throws RollcallError `config` */
export async function accessOf(config: Kubeconfig, wanted: string | undefined): Promise<Access> {
  const { name, namespace, context } = contextNamed(config, wanted)
  const clusterName = textIn(context.value['cluster'])
  const userName = textIn(context.value['user'])
  const cluster = config.clusters.get(clusterName)
  const user = config.users.get(userName)
  if (!cluster) throw missing(name, 'cluster', clusterName)
  if (!user && userName !== '') throw missing(name, 'user', userName)
  const server = serverOf(clusterName, cluster)
  const { value } = cluster
  return {
    server,
    namespace,
    authorities: await pemOf(cluster, 'certificate-authority'),
    verify: value['insecure-skip-tls-verify'] !== true,
    serverName: textIn(value['tls-server-name']) || undefined,
    proxy: proxyIn(textIn(value['proxy-url']), `the cluster "${clusterName}"`),
    headers: user ? impersonation(user) : {},
    credentials: await credentialsOf(userName, user, { server, cluster }),
  }
}

function noSuchContext({ contexts, files }: Kubeconfig, name: string): RollcallError {
  const hint = `contexts: ${[...contexts.keys()].join(', ') || 'none'}`
  return new RollcallError('config', `kubernetes: no context "${name}" in ${files.join(' or ')}`, { hint })
}

function missing(context: string, what: string, name: string): RollcallError {
  return new RollcallError(
    'config',
    `kubernetes: the context "${context}" names the ${what} "${name}", which does not exist`,
  )
}

function serverOf(name: string, { value }: Named): URL {
  const server = textIn(value['server'])
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new RollcallError(
    'config',
    `kubernetes: the cluster "${name}" does not name its server as an http or https URL`,
  )
}

/** Source: the headers of "User impersonation" in Kubernetes' documentation of authentication. */
function impersonation({ value }: Named): OutgoingHttpHeaders {
  const [user, uid] = [textIn(value['as']), textIn(value['as-uid'])]
  const groups = listIn(value['as-groups']).map(textIn)
  const extra = Object.entries(treeIn(value['as-user-extra'])).map(([key, values]) => [
    `Impersonate-Extra-${encodeURIComponent(key)}`,
    listIn(values).map(textIn),
  ])
  return {
    ...(user === '' ? {} : { 'Impersonate-User': user }),
    ...(uid === '' ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': groups }),
    ...Object.fromEntries(extra),
  }
}

/** The credentials of a kubeconfig's user; none without one. @throws RollcallError `config` */
async function credentialsOf(name: string, user: Named | undefined, cluster: PluginCluster): Promise<Credentials> {
  if (!user) return fixed({})
  const { value, folder } = user
  const [cert, key] = [await pemOf(user, 'client-certificate'), await pemOf(user, 'client-key')]
  const certificate: ClusterLogin = cert && key ? { cert, key } : {}
  const [token, tokenFile] = [textIn(value['token']), textIn(value['tokenFile'])]
  if (tokenFile !== '') return tokenIn(resolve(folder, tokenFile), certificate)
  if (token !== '') return fixed({ ...certificate, token })
  if (isTree(value['exec'])) return execCredentials({ name, spec: value['exec'], folder }, cluster)
  refuseOthers(name, user)
  return fixed(certificate)
}

function refuseOthers(name: string, { value }: Named): void {
  const old = ['auth-provider', 'username'].find((field) => value[field] !== undefined)
  if (old === undefined) return
  throw new RollcallError(
    'config',
    `kubernetes: the user "${name}" logs in by ${old}, which Kubernetes no longer supports`,
    {
      hint: 'use a token, a client certificate or an exec plug-in',
    },
  )
}
