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
import type { ApiVersion, Send } from './api-version.ts'
import { isObject } from './host.ts'
import { type NacosService, groupedName } from './names.ts'
import { ForeignAnswer } from './refusal.ts'

const INSTANCE = '/v1/ns/instance'
/** The server has no limit of its own. */
const PAGE = 5_000
/** The server's answer to a heartbeat that means: register it again. */
const RESOURCE_NOT_FOUND = 20_404

/** Nacos 2.0 and 2.1; later servers still have it. */
export const v1: ApiVersion = {
  loginPath: '/v1/auth/login',
  probePath: '/v1/ns/instance/list',
  operator: {
    state: '/v1/console/server/state',
    nodes: '/v1/core/cluster/nodes',
    metrics: '/v1/ns/operator/metrics',
    switches: '/v1/ns/operator/switches',
  },

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
    return isKnownBeat(await send({ method: 'PUT', path: `${INSTANCE}/beat`, params }))
  },

  publishers: () => Promise.resolve(undefined),
}

/** @throws ForeignAnswer */
function isKnownBeat(answer: unknown): boolean {
  const { code } = isObject(answer) ? answer : {}
  if (typeof code !== 'number') throw new ForeignAnswer('a heartbeat was answered without a code')
  return code !== RESOURCE_NOT_FOUND
}

/** The services of all groups: the only such list of versions 1 and 2. */
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
