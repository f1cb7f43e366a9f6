import {
  addressParams,
  allPages,
  expectDone,
  instanceParams,
  listIn,
  namespacesIn,
  publishersUnlessRefused,
  serviceParams,
  textIn,
  unlessAbsent,
} from './answers.ts'
import type { ApiVersion, Send } from './api-version.ts'
import { isObject } from './host.ts'
import type { NacosService } from './names.ts'
import { ForeignAnswer, Refusal } from './refusal.ts'

const INSTANCE = '/v3/client/ns/instance'
const ADMIN = '/v3/admin/ns'
const NAMES = 1_000
/** The server's code for a heartbeat of an instance that it has forgotten. */
const INSTANCE_NOT_FOUND = 21_003

/** Nacos 3. Lists are in its admin API, which requires a login by default. */
export const v3: ApiVersion = {
  loginPath: '/v3/auth/user/login',
  probePath: `${INSTANCE}/list`,
  operator: {
    state: '/v3/admin/core/state',
    nodes: '/v3/admin/core/cluster/node/list',
    metrics: '/v3/admin/ns/ops/metrics',
    switches: '/v3/admin/ns/ops/switches',
  },

  async namespaces(send) {
    return namespacesIn(await send({ path: '/v3/admin/core/namespace/list' }))
  },

  async services(send, { namespace, group }) {
    const params = {
      namespaceId: namespace,
      pageSize: NAMES,
      ...(group === undefined ? {} : { groupNameParam: group }),
    }
    const items = await allPages(NAMES, async (pageNo) =>
      listIn(await send({ path: `${ADMIN}/service/list`, params: { ...params, pageNo } }), 'pageItems'),
    )
    return items.flatMap((item) => {
      const [name, of] = [textIn(item, 'name'), textIn(item, 'groupName')]
      // The filter also finds groups with that name anywhere in theirs.
      return name === undefined || of === undefined || (group !== undefined && of !== group)
        ? []
        : [{ namespace, group: of, name }]
    })
  },

  /** Cluster by cluster: without a cluster the server lists DEFAULT alone. */
  async hosts(send, service) {
    const detail = await unlessAbsent(send({ path: `${ADMIN}/service`, params: serviceParams(service) }), undefined)
    const hosts = await Promise.all(clustersIn(detail).map((cluster) => hostsOfCluster(send, service, cluster)))
    return hosts.flat()
  },

  async register(send, address, host) {
    expectDone(await send({ method: 'POST', path: INSTANCE, params: instanceParams(address, host) }))
  },

  async update(send, address, host) {
    expectDone(await send({ method: 'PUT', path: `${ADMIN}/instance`, params: instanceParams(address, host) }))
  },

  async deregister(send, address, { ephemeral }) {
    expectDone(await send({ method: 'DELETE', path: INSTANCE, params: { ...addressParams(address), ephemeral } }))
  },

  async beat(send, address) {
    try {
      await send({ method: 'POST', path: INSTANCE, params: { ...addressParams(address), heartBeat: true } })
      return true
    } catch (error) {
      if (error instanceof Refusal && error.code === INSTANCE_NOT_FOUND) return false
      throw error
    }
  },

  async publishers(send, address, { ephemeral }) {
    const path = `${ADMIN}/client/service/publisher/list`
    return await publishersUnlessRefused(send({ path, params: { ...addressParams(address), ephemeral } }))
  },
}

/** The names of a service's clusters; none where it does not exist. @throws ForeignAnswer */
function clustersIn(detail: unknown): string[] {
  if (detail === undefined) return []
  const clusters = isObject(detail) ? detail['clusterMap'] : undefined
  if (isObject(clusters)) return Object.keys(clusters)
  throw new ForeignAnswer('a service without clusters')
}

async function hostsOfCluster(send: Send, service: NacosService, clusterName: string): Promise<readonly unknown[]> {
  const params = { ...serviceParams(service), clusterName }
  return listIn(await unlessAbsent(send({ path: `${ADMIN}/instance/list`, params }), undefined))
}
