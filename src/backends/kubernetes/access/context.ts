import type { OutgoingHttpHeaders } from 'node:http'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { RollcallError, messageOf } from '../../../model/errors.ts'
import { listIn, textIn, treeIn } from '../object.ts'
import type { Access } from './access.ts'
import { credentialsOf } from './credentials.ts'
import type { Kubeconfig, Named } from './kubeconfig.ts'
import { proxyIn } from './proxy.ts'

/** What a context says; the current one where none is named. @throws RollcallError `config` */
export async function accessOf(config: Kubeconfig, wanted: string | undefined): Promise<Access> {
  const name = wanted ?? config.current
  if (name === undefined)
    throw new RollcallError('config', `kubernetes: ${config.files.join(' and ')} has no current context`, {
      hint: `name one: ${[...config.contexts.keys()].map((each) => `k8s://${each}`).join(' or ')}`,
    })
  const context = config.contexts.get(name)
  if (!context) throw noSuchContext(config, name)
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
    namespace: textIn(context.value['namespace']) || 'default',
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
    `kubernetes: the context "${context}" names the ${what} "${name}", and there is none`,
  )
}

function serverOf(name: string, { value }: Named): URL {
  const server = textIn(value['server'])
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new RollcallError('config', `kubernetes: the cluster "${name}" has no server that is an http or https URL`)
}

/** The data in the file, else the file that it names. */
export async function pemOf({ value, folder }: Named, field: string): Promise<Buffer | undefined> {
  const data = textIn(value[`${field}-data`])
  if (data !== '') return Buffer.from(data, 'base64')
  const path = textIn(value[field])
  if (path === '') return undefined
  try {
    return await readFile(resolve(folder, path))
  } catch (error) {
    throw new RollcallError('config', `kubernetes: the ${field} cannot be read: ${messageOf(error)}`, { cause: error })
  }
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
