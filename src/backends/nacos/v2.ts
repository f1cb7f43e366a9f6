import { addressParams, allPages, listIn, namespacesIn, publishersUnlessRefused, unlessAbsent } from './answers.ts'
import type { ApiVersion } from './api-version.ts'
import { groupedName } from './names.ts'
import { servicesOfAllGroups, v1 } from './v1.ts'

/** The most names in one answer of the server. */
const NAMES = 500
const HOSTS = 5_000

/**
 * Nacos 2.2 to 2.5. Writes are left to version 1: each node of a cluster passes on to the others only the instances that
 * belong to it by their address, and only writes of version 1 are forwarded to that node.
 */
export const v2: ApiVersion = {
  ...v1,
  probePath: '/v2/ns/instance/list',
  operator: {
    state: '/v1/console/server/state',
    nodes: '/v2/core/cluster/node/list',
    metrics: '/v2/ns/operator/metrics',
    switches: '/v2/ns/operator/switches',
  },

  async namespaces(send) {
    return namespacesIn(await send({ path: '/v2/console/namespace/list' }))
  },

  async services(send, { namespace, group }) {
    if (group === undefined) return await servicesOfAllGroups(send, namespace)
    const params = { namespaceId: namespace, groupName: group, pageSize: NAMES }
    const names = await allPages(NAMES, async (pageNo) =>
      listIn(await send({ path: '/v2/ns/service/list', params: { ...params, pageNo } }), 'services'),
    )
    return names.flatMap((name) => (typeof name === 'string' ? [{ namespace, group, name }] : []))
  },

  /** The only call that takes the group as a part of the service's name. */
  async hosts(send, service) {
    const params = { namespaceId: service.namespace, serviceName: groupedName(service), pageSize: HOSTS }
    return await allPages(HOSTS, async (pageNo) =>
      listIn(
        await unlessAbsent(send({ path: '/v2/ns/catalog/instances', params: { ...params, pageNo } }), undefined),
        'instances',
      ),
    )
  },

  async publishers(send, address, { ephemeral }) {
    const path = '/v2/ns/client/service/publisher/list'
    return await publishersUnlessRefused(send({ path, params: { ...addressParams(address), ephemeral } }))
  },
}
