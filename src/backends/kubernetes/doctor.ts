import { createSecureContext } from 'node:tls'
import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import { clientCertificate } from '../contract/certificate.ts'
import { type DiagnoseContext, type Diagnoses, diagnosesOf, tried } from '../contract/diagnose.ts'
import { diagnoseServer } from '../contract/diagnose-server.ts'
import type { Access } from './access/access.ts'
import { accessFor } from './access/open.ts'
import { KubernetesApi } from './api.ts'
import { isStatus, refusal } from './errors.ts'
import { checkNamespace } from './namespaces.ts'
import { treeIn } from './object.ts'
import { PODS } from './pod.ts'
import { SLICES } from './slice.ts'
import { clusterIn } from './target.ts'

/** The API server, what it says of its own parts, and what the user has permission to do. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target, logger } = context
  const access = await accessFor(clusterIn(target))
  const endpoint = hostAndPort(access.server)
  yield* await ownLogin(context, diagnosesOf(endpoint), access)
  using api = new KubernetesApi(access, { timeout: target.requestTimeout, logger })
  let version = ''
  const server = await diagnoseServer(context, {
    endpoint,
    ask: async (signal) => {
      version = await versionOf(api, signal)
    },
    serverTime: () => api.serverTime,
    tls: tlsOf(access),
  })
  yield* server.diagnoses
  if (!server.isReachable) return
  if (version !== '') yield server.about.ok('version', `Kubernetes ${version}`)
  yield* await readiness(context, server.about, api)
  const namespace = target.allNamespaces ? undefined : (target.namespace ?? access.namespace)
  if (namespace !== undefined) yield* await namespaceOf(context, api, namespace)
  yield* await rights(context, api, namespace)
}

/** The client certificate is a kubeconfig's most often. Where a plug-in gives no credentials, the API server's own check says so. */
async function ownLogin(
  context: DiagnoseContext,
  about: Diagnoses,
  { credentials }: Access,
): Promise<readonly Diagnosis[]> {
  try {
    const { cert } = await credentials.login()
    return clientCertificate(context, about.subject, cert)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof RollcallError)) throw error
    return []
  }
}

/** Through a proxy its certificate is not looked at. */
function tlsOf({ server, authorities, serverName, proxy }: Access) {
  if (server.protocol !== 'https:' || proxy) return undefined
  return { context: createSecureContext({ ca: authorities }), serverName }
}

function hostAndPort({ host, port, protocol }: URL): string {
  return port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
}

/** Everybody has permission to read it, unless an administrator has taken it away. */
async function versionOf(api: KubernetesApi, signal: AbortSignal): Promise<string> {
  const { status, text } = await api.text('/version', signal)
  const doing = { verb: 'get', resource: 'version', namespace: undefined } as const
  if (status >= 300) throw refusal(status, text, doing, api.server)
  const said = /"gitVersion":\s*"([^"]{1,100})"/.exec(text)?.[1]
  if (said === undefined) throw refusal(status, '', doing, api.server)
  return said
}

const READY = '/readyz'

/** The parts that the API server itself checks, etcd among them. */
async function readiness(
  context: DiagnoseContext,
  about: Diagnoses,
  api: KubernetesApi,
): Promise<readonly Diagnosis[]> {
  return await tried(context, about, 'readiness', async (signal) => {
    const { status, text } = await api.text(READY, signal)
    if (status === 200) return about.ok('readiness', 'the API server is ready')
    if (isStatus(text))
      return about.unknown('readiness', `${READY} is refused with HTTP ${status}`, 'it needs get on the URL /readyz')
    const failed = [...text.matchAll(/^\[-\](\S+)/gm)].map(([, name]) => name)
    const what = failed.length > 0 ? failed.join(', ') : `HTTP ${status}`
    return about.error(
      'readiness',
      `the API server is not ready: ${what}`,
      'kubectl get --raw "/readyz?verbose" says more',
    )
  })
}

/** The API server lists one that does not exist as empty. Nothing is said to a user without permission to ask. */
async function namespaceOf(
  context: DiagnoseContext,
  api: KubernetesApi,
  namespace: string,
): Promise<readonly Diagnosis[]> {
  const about = diagnosesOf(context.target.display)
  return await tried(context, about, 'namespace', async (signal) => {
    try {
      const isThere = await checkNamespace({ api, namespace }, signal)
      return isThere ? about.ok('namespace', `there is a namespace ${namespace}`) : undefined
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code !== 'usage') throw error
      return about.error('namespace', error.message, error.hint ?? `name another with ${option('namespace')}`)
    }
  })
}

/** What rollcall asks the API server for. */
const NEEDED = [
  { check: 'read', verb: 'list', group: '', resource: PODS.name },
  { check: 'read', verb: 'watch', group: '', resource: PODS.name },
  { check: 'read', verb: 'list', group: 'discovery.k8s.io', resource: SLICES.name },
  { check: 'write', verb: 'patch', group: '', resource: PODS.name },
] as const

/** By SelfSubjectAccessReview, of which nothing is kept. */
async function rights(
  context: DiagnoseContext,
  api: KubernetesApi,
  namespace: string | undefined,
): Promise<readonly Diagnosis[]> {
  const about = diagnosesOf(context.target.display)
  const where = namespace === undefined ? 'in all namespaces' : `in the namespace ${namespace}`
  const found = await Promise.all(
    NEEDED.map(({ check, verb, group, resource }) =>
      tried(context, about, check, async (signal) => {
        const resourceAttributes = { verb, group, resource, ...(namespace !== undefined && { namespace }) }
        const what = `${verb} ${resource} ${where}`
        if (await isAllowed(api, resourceAttributes, signal)) return about.ok(check, `has permission to ${what}`)
        const role = namespace === undefined ? 'a ClusterRole' : 'a Role'
        const grant = `${role} with ${verb} on ${resource}, bound to this user, gives it`
        if (check === 'read' && verb === 'list' && resource === PODS.name)
          return about.error(check, `has no permission to ${what}`, grant)
        return about.warning(check, `has no permission to ${what}`, grant)
      }),
    ),
  )
  return found.flat()
}

async function isAllowed(api: KubernetesApi, resourceAttributes: object, signal: AbortSignal): Promise<boolean> {
  const apiVersion = 'authorization.k8s.io/v1'
  const kind = 'SelfSubjectAccessReview'
  const answer = await api.ask({
    method: 'POST',
    path: `/apis/${apiVersion}/selfsubjectaccessreviews`,
    question: { apiVersion, kind, spec: { resourceAttributes } },
    doing: { verb: 'create', resource: 'selfsubjectaccessreviews', namespace: undefined },
    signal,
  })
  return treeIn(answer?.['status'])['allowed'] === true
}
