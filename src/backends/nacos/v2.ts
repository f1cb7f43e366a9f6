import { addressParams, allPages, ifTold, listIn, namespacesIn, publishersIn, unlessAbsent } from './answers.ts'
import type { Dialect } from './api-version.ts'
import { groupedName } from './names.ts'
import { servicesOfAllGroups, v1 } from './v1.ts'

/** The most names that the server gives at once. */
const NAMES = 500
const HOSTS = 5_000

/**
 * Nacos 2.2 to 2.5. It is written to by version 1: of a cluster each node keeps and tells the others only of instances
 * that are its own by their address, and version 1 alone is passed on to that node.
 */
export const v2: Dialect = {
  ...v1,
  probePath: '/v2/ns/instance/list',

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

  /** The one call that reads the group from the service's name alone. */
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
    const told = await ifTold(send({ path, params: { ...addressParams(address), ephemeral } }))
    return told === undefined ? undefined : publishersIn(told)
  },
}
