import {
  addressParams,
  allPages,
  expectDone,
  ifTold,
  instanceParams,
  listIn,
  namespacesIn,
  publishersIn,
  serviceParams,
  textIn,
  unlessAbsent,
} from './answers.ts'
import type { Dialect, Send } from './api-version.ts'
import { isObject } from './host.ts'
import type { NacosService } from './names.ts'
import { Gibberish, Refusal } from './refusal.ts'

const INSTANCE = '/v3/client/ns/instance'
const ADMIN = '/v3/admin/ns'
const NAMES = 1_000
/** The server's word for: register it again. */
const INSTANCE_NOT_FOUND = 21_003

/** Nacos 3: what only operators may see is in its admin API, which wants a login unless told otherwise. */
export const v3: Dialect = {
  loginPath: '/v3/auth/user/login',
  probePath: `${INSTANCE}/list`,

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
      // The filter finds the group's name anywhere in another's.
      return name === undefined || of === undefined || (group !== undefined && of !== group)
        ? []
        : [{ namespace, group: of, name }]
    })
  },

  /** By clusters: where none is named, the list is of the cluster DEFAULT alone. */
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
      return { known: true }
    } catch (error) {
      if (error instanceof Refusal && error.code === INSTANCE_NOT_FOUND) return { known: false }
      throw error
    }
  },

  async publishers(send, address, { ephemeral }) {
    const path = `${ADMIN}/client/service/publisher/list`
    const told = await ifTold(send({ path, params: { ...addressParams(address), ephemeral } }))
    return told === undefined ? undefined : publishersIn(told)
  },
}

/** None of a service that is not there. @throws Gibberish */
function clustersIn(detail: unknown): string[] {
  if (detail === undefined) return []
  const clusters = isObject(detail) ? detail['clusterMap'] : undefined
  if (isObject(clusters)) return Object.keys(clusters)
  throw new Gibberish('a service without clusters')
}

async function hostsOfCluster(send: Send, service: NacosService, clusterName: string): Promise<readonly unknown[]> {
  const params = { ...serviceParams(service), clusterName }
  return listIn(await unlessAbsent(send({ path: `${ADMIN}/instance/list`, params }), undefined))
}
