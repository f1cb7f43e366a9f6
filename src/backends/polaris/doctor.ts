import type { Diagnosis } from '../../model/diagnosis.ts'
import { RollcallError } from '../../model/errors.ts'
import { option, secretPlace } from '../../model/wording.ts'
import { ownCertificate } from '../contract/certificate.ts'
import {
  type DiagnoseContext,
  type Diagnoses,
  diagnosesOf,
  inOrder,
  tried,
  triedReading,
} from '../contract/diagnose.ts'
import { diagnoseServer } from '../contract/diagnose-server.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { type Tree, textIn, treeIn, treesIn } from './answer.ts'
import { PolarisApi } from './api.ts'
import { checkPlace } from './namespaces.ts'
import { servicesIn } from './service-group.ts'

/** The servers by themselves, then the namespace, what they say of each other, and the rights of the token. */
export async function* diagnose(context: DiagnoseContext): AsyncGenerator<Diagnosis, void, undefined> {
  const { target, logger } = context
  yield* await ownCertificate(context)
  const tls = target.secure ? await readTls('polaris', target.tls ?? {}) : undefined
  const apis = target.endpoints.map((endpoint) => new PolarisApi({ ...target, endpoints: [endpoint] }, tls, logger))
  try {
    let usable: Usable | undefined
    for await (const seen of inOrder(
      apis.map((api, at) => lookAt(context, api, { endpoint: target.endpoints[at] ?? '', tls })),
    )) {
      yield* seen.diagnoses
      usable ??= seen.usable
    }
    if (usable) yield* ofTheRegistry(context, usable)
  } finally {
    for (const api of apis) api[Symbol.dispose]()
  }
}

/** A server that answers. */
interface Usable {
  readonly api: PolarisApi
  /** What it says of logins; undefined where it refuses to tell. */
  readonly status: Tree | undefined
}

/** Whoever is not logged in may ask it: whether a login is wanted. */
const STATUS = { method: 'GET', path: '/core/v1/auth/status', doing: 'ask whether a login is wanted' } as const

async function lookAt(
  context: DiagnoseContext,
  api: PolarisApi,
  { endpoint, tls }: { readonly endpoint: string; readonly tls: Tls | undefined },
): Promise<{ readonly diagnoses: readonly Diagnosis[]; readonly usable?: Usable }> {
  let status: Tree | undefined
  const server = await diagnoseServer(context, {
    endpoint,
    ask: async (signal) => {
      status = (await api.call({ ...STATUS, signal })).body
    },
    serverTime: () => api.serverTime,
    tls,
  })
  return { diagnoses: server.diagnoses, ...(server.isReachable && { usable: { api, status } }) }
}

async function* ofTheRegistry(
  context: DiagnoseContext,
  { api, status }: Usable,
): AsyncGenerator<Diagnosis, void, undefined> {
  const about = diagnosesOf(context.target.display)
  const { allNamespaces, namespace = '' } = context.target
  const place = allNamespaces ? '' : namespace
  const fix = 'use the token of a user who may read it'
  const read = await triedReading(context, about, fix, async (signal) => {
    await servicesIn(api, place, signal)
    return `has permission to list the services ${place === '' ? 'of all namespaces' : `of namespace ${place}`}`
  })
  yield* read
  if (read.every(({ state }) => state === 'ok')) {
    yield* await tried(context, about, 'namespace', (signal) => namespaceOf(context, about, { api, place }, signal))
    yield* await tried(context, about, 'members', (signal) => servers(about, api, signal))
  }
  yield writing(context, about, status)
}

interface Place {
  readonly api: PolarisApi
  /** Empty: all namespaces. */
  readonly place: string
}

async function namespaceOf(
  { now, logger, target: { layout } }: DiagnoseContext,
  about: Diagnoses,
  { api, place }: Place,
  signal: AbortSignal,
) {
  if (place === '') return undefined
  try {
    await checkPlace({ api, namespace: place, layout, now, logger }, signal)
    return about.ok('namespace', `there is a namespace ${place}`)
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'usage') throw error
    return about.error('namespace', error.message, error.hint ?? `name another with ${option('namespace')}`)
  }
}

/** Where the servers of a Polaris register themselves. */
const OWN = new URLSearchParams({
  namespace: 'Polaris',
  service: 'polaris.checker',
  offset: '0',
  limit: '100',
}).toString()

/** The servers as they have registered themselves: their health, and their version. */
async function servers(about: Diagnoses, api: PolarisApi, signal: AbortSignal): Promise<Diagnosis[]> {
  const { body } = await api.call({
    method: 'GET',
    path: `/naming/v1/instances?${OWN}`,
    doing: 'list its own servers',
    signal,
  })
  const all = treesIn(body, 'instances').map((instance) => ({
    name: `${textIn(instance, 'host')}:${String(instance['port'])}`,
    version: textIn(instance, 'version'),
    isHealthy: instance['healthy'] === true,
  }))
  if (all.length === 0) return [about.unknown('members', 'its servers have not registered themselves')]
  const sick = all.filter(({ isHealthy }) => !isHealthy).map(({ name }) => name)
  const versions = [...new Set(all.map(({ version }) => version).filter(Boolean))]
  const many = all.length === 1 ? '1 server' : `${all.length} servers`
  return [
    sick.length === 0
      ? about.ok('members', `${many}, healthy`)
      : about.error(
          'members',
          `${many}, not healthy: ${sick.join(', ')}`,
          'start them, or remove them from the service polaris.checker',
        ),
    ...(versions.length === 1 ? [about.ok('version', `Polaris ${versions[0]}`)] : []),
    ...(versions.length > 1
      ? [about.warning('version', `its servers have different versions: ${versions.join(', ')}`, 'finish the upgrade')]
      : []),
  ]
}

/** Polaris does not tell what a token has permission to write; where it asks for none, everyone has. */
function writing({ target: { token, user } }: DiagnoseContext, about: Diagnoses, status: Tree | undefined): Diagnosis {
  const options = treeIn(treeIn(status ?? {}, 'optionSwitch'), 'options')
  if (options['clientOpen'] === 'false')
    return about.ok('write', 'clients need no token, so everyone has permission to register')
  if (status !== undefined && token === undefined && user === undefined)
    return about.warning(
      'write',
      'clients need a token to register, and none is given',
      `put it in ${secretPlace('token', 'POLARIS_TOKEN')}`,
    )
  return about.unknown('write', 'Polaris does not tell what a token has permission to write')
}
