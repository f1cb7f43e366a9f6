import {
  addressParams,
  allPages,
  expectDone,
  instanceParams,
  listIn,
  namespacesIn,
  serviceParams,
  textIn,
  unlessAbsent,
} from './answers.ts'
import type { Beat, Dialect, Send } from './api-version.ts'
import { isObject } from './host.ts'
import { type NacosService, groupedName } from './names.ts'
import { Gibberish } from './refusal.ts'

const INSTANCE = '/v1/ns/instance'
/** The server knows no bound. */
const PAGE = 5_000

/** Nacos 2.0 and 2.1, and what later ones still speak. */
export const v1: Dialect = {
  loginPath: '/v1/auth/login',
  probePath: '/v1/ns/instance/list',

  async namespaces(send) {
    return namespacesIn(await send({ path: '/v1/console/namespaces' }))
  },

  async services(send, { namespace, group }) {
    if (group === undefined) return await servicesOfAllGroups(send, namespace)
    const names = await allPages(PAGE, async (pageNo) =>
      listIn(
        await send({
          path: '/v1/ns/service/list',
          params: { namespaceId: namespace, groupName: group, pageNo, pageSize: PAGE },
        }),
        'doms',
      ),
    )
    return names.flatMap((name) => (typeof name === 'string' ? [{ namespace, group, name }] : []))
  },

  async hosts(send, service) {
    const params = serviceParams(service)
    const detail = await unlessAbsent(send({ path: '/v1/ns/catalog/service', params }), undefined)
    const clusters = listIn(detail, 'clusters').flatMap((cluster) => textIn(cluster, 'name') ?? [])
    const hosts = await Promise.all(clusters.map((cluster) => hostsOfCluster(send, service, cluster)))
    return hosts.flat()
  },

  async register(send, address, host) {
    expectDone(await send({ method: 'POST', path: INSTANCE, params: instanceParams(address, host) }))
  },

  async update(send, address, host) {
    expectDone(await send({ method: 'PUT', path: INSTANCE, params: instanceParams(address, host) }))
  },

  async deregister(send, address, { ephemeral }) {
    expectDone(await send({ method: 'DELETE', path: INSTANCE, params: { ...addressParams(address), ephemeral } }))
  },

  async beat(send, address) {
    const params = { ...addressParams(address), serviceName: groupedName(address) }
    return beatIn(await send({ method: 'PUT', path: `${INSTANCE}/beat`, params }))
  },

  publishers: () => Promise.resolve(undefined),
}

function beatIn(answer: unknown): Beat {
  const { code, clientBeatInterval } = isObject(answer) ? answer : {}
  if (typeof code !== 'number') throw new Gibberish('a heartbeat that is answered without a code')
  const next = typeof clientBeatInterval === 'number' && clientBeatInterval > 0 ? { next: clientBeatInterval } : {}
  return { known: code !== 20_404, ...next }
}

/** The one list that tells of all groups, of versions 1 and 2. */
export async function servicesOfAllGroups(send: Send, namespace: string): Promise<NacosService[]> {
  const params = { namespaceId: namespace, withInstances: false, pageSize: PAGE }
  const items = await allPages(PAGE, async (pageNo) =>
    listIn(await send({ path: '/v1/ns/catalog/services', params: { ...params, pageNo } }), 'serviceList'),
  )
  return items.flatMap((item) => {
    const [name, group] = [textIn(item, 'name'), textIn(item, 'groupName')]
    return name === undefined || group === undefined ? [] : [{ namespace, group, name }]
  })
}

async function hostsOfCluster(send: Send, service: NacosService, clusterName: string): Promise<unknown[]> {
  const params = { ...serviceParams(service), clusterName, pageSize: PAGE }
  return await allPages(PAGE, async (pageNo) =>
    listIn(
      await unlessAbsent(send({ path: '/v1/ns/catalog/instances', params: { ...params, pageNo } }), undefined),
      'list',
    ),
  )
}
