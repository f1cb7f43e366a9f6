import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalHttp } from '../../servers/local-http.ts'

/** What an answer is made of. */
interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Instance {
  readonly ip: string
  readonly port: number
  readonly weight: number
  readonly healthy: boolean
  readonly enabled: boolean
  readonly ephemeral: boolean
  readonly clusterName: string
  readonly serviceName: string
  readonly metadata: Readonly<Record<string, string>>
  readonly instanceHeartBeatInterval: number
  readonly instanceHeartBeatTimeOut: number
  readonly ipDeleteTimeout: number
}

interface Service {
  readonly namespaceId: string
  readonly groupName: string
  readonly name: string
  readonly instances: Map<string, Instance>
}

type Form = Readonly<Record<string, string>>

const ADMIN = /^\/v3\/(admin|console)\//

/**
 * Nacos 3.0 as far as it is read about, field by field: no package of it can be run here. Its admin API wants a token
 * of nacos/nacos; its client API wants none.
 */
export class FakeNacos3 extends LocalHttp {
  /** `METHOD /path?form`, in order. */
  readonly calls: string[] = []
  /** Who registered what, where it was not this API: the client's id by `ip:port`. */
  readonly grpcClients = new Map<string, string>()
  /** It answers everything as a node does that has only just begun. */
  isStarting = false
  readonly #services = new Map<string, Service>()
  readonly #namespaces: readonly string[]
  #tokens = 0

  private constructor(namespaces: readonly string[]) {
    super()
    this.#namespaces = namespaces
  }

  static async start(namespaces: readonly string[] = ['public']): Promise<FakeNacos3> {
    return await new FakeNacos3(namespaces).listening()
  }

  /** All that were handed out are no longer taken. */
  forgetTokens(): void {
    this.#tokens += 1
  }

  /** As if the heartbeats had stopped for long. */
  forgetInstances(): void {
    for (const { instances } of this.#services.values()) instances.clear()
  }

  protected async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await this.#answer(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://fake')
    const path = url.pathname.replace(/^\/nacos/, '')
    const body = new URLSearchParams(await textOf(request))
    const form = { ...Object.fromEntries(url.searchParams), ...Object.fromEntries(body) }
    this.calls.push(`${request.method} ${path}?${new URLSearchParams(form).toString()}`)
    if (this.isStarting) return { status: 503, body: 'server is STARTING now, please try again later!' }
    if (path === '/v3/auth/user/login') return this.#login(form)
    if (path.startsWith('/v2/ns/')) return { status: 410, body: envelope(40_000, 'API deprecated', null) }
    const token = request.headers.authorization?.replace('Bearer ', '')
    if (ADMIN.test(path) && token !== `token-${this.#tokens}`)
      return { status: 403, body: { timestamp: '', status: 403, error: 'Forbidden', message: NO_USER, path } }
    return this.#route(`${request.method} ${path}`, form)
  }

  #login({ username, password }: Form): Answer {
    if (username !== 'nacos') return { status: 403, body: 'user not found' }
    if (password !== 'nacos') return { status: 500, body: 'caused: wrong password' }
    return {
      status: 200,
      body: { accessToken: `token-${this.#tokens}`, tokenTtl: 18_000, globalAdmin: true, username },
    }
  }

  #route(route: string, form: Form): Answer {
    switch (route) {
      case 'GET /v3/admin/core/namespace/list':
        return success(this.#namespaces.map((namespace) => ({ namespace, namespaceShowName: namespace, type: 0 })))
      case 'GET /v3/admin/ns/service/list':
        return success(this.#serviceList(form))
      case 'GET /v3/admin/ns/service':
        return this.#withService(form, ({ instances }) => success({ clusterMap: clusterMapOf(instances) }))
      case 'GET /v3/admin/ns/instance/list':
        return this.#withService(form, (service) => this.#adminList(service, form))
      case 'GET /v3/client/ns/instance/list':
        return success(this.#clientList(form))
      case 'POST /v3/client/ns/instance':
        return form['heartBeat'] === 'true' ? this.#beat(form) : this.#put(form)
      case 'PUT /v3/admin/ns/instance':
        return this.#put(form)
      case 'DELETE /v3/client/ns/instance':
        this.#find(form)?.instances.delete(keyOf(form))
        return success('ok')
      case 'GET /v3/admin/ns/client/service/publisher/list':
        return success(this.#publishers(form))
      default:
        return {
          status: 404,
          body: { timestamp: '', status: 404, error: 'Not Found', message: 'No message available' },
        }
    }
  }

  #serviceList({ namespaceId, groupNameParam = '', pageNo = '1', pageSize = '100' }: Form) {
    const pattern = new RegExp(groupNameParam)
    const found = [...this.#services.values()].filter(
      (service) => service.namespaceId === namespaceId && pattern.test(service.groupName),
    )
    const [page, size] = [Number(pageNo), Number(pageSize)]
    const pageItems = found.slice((page - 1) * size, page * size).map(({ name, groupName, instances }) => ({
      name,
      groupName,
      clusterCount: Object.keys(clusterMapOf(instances)).length,
      ipCount: instances.size,
      healthyInstanceCount: instances.size,
      triggerFlag: 'false',
    }))
    return { totalCount: found.length, pageNumber: page, pagesAvailable: Math.ceil(found.length / size), pageItems }
  }

  #adminList({ instances }: Service, { clusterName = 'DEFAULT' }: Form): Answer {
    const clusters = clusterName.split(',')
    const found = [...instances.values()].filter((instance) => clusters.includes(instance.clusterName))
    return found.length > 0 ? success(found) : absent(`cluster ${clusterName} is not found!`)
  }

  #clientList(form: Form): Instance[] {
    const clusters = (form['clusterName'] ?? 'DEFAULT').split(',')
    const all = [...(this.#find(form)?.instances.values() ?? [])]
    return all.filter(({ enabled, clusterName }) => enabled && clusters.includes(clusterName))
  }

  #put(form: Form): Answer {
    const weight = Number(form['weight'] ?? 1)
    if (weight > 10_000) return { status: 400, body: envelope(21_001, 'weight error', 'weights range from 0 to 10000') }
    const service = this.#find(form) ?? this.#create(form)
    service.instances.set(keyOf(form), {
      ip: form['ip'] ?? '',
      port: Number(form['port']),
      weight,
      healthy: true,
      enabled: form['enabled'] !== 'false',
      ephemeral: form['ephemeral'] !== 'false',
      clusterName: form['clusterName'] ?? 'DEFAULT',
      serviceName: `${service.groupName}@@${service.name}`,
      metadata: JSON.parse(form['metadata'] ?? '{}'),
      instanceHeartBeatInterval: 5_000,
      instanceHeartBeatTimeOut: 15_000,
      ipDeleteTimeout: 30_000,
    })
    return success('ok')
  }

  #beat(form: Form): Answer {
    if (this.#find(form)?.instances.has(keyOf(form))) return success('ok')
    return { status: 200, body: envelope(21_003, 'instance not found', null) }
  }

  #publishers(form: Form) {
    const instance = this.#find(form)?.instances.get(keyOf(form))
    if (!instance) return []
    const { ip, port } = instance
    return [{ clientId: this.grpcClients.get(`${ip}:${port}`) ?? `${ip}:${port}#true`, ip, port }]
  }

  #find(form: Form): Service | undefined {
    return this.#services.get(serviceKey(form))
  }

  #create(form: Form): Service {
    const { namespaceId = 'public', groupName = 'DEFAULT_GROUP', serviceName: name = '' } = form
    const service = { namespaceId, groupName, name, instances: new Map<string, Instance>() }
    this.#services.set(serviceKey(form), service)
    return service
  }

  #withService(form: Form, act: (service: Service) => Answer): Answer {
    const service = this.#find(form)
    return service ? act(service) : absent(`service ${form['groupName']}@@${form['serviceName']} is not found!`)
  }
}

const NO_USER = 'Code: 401, Message: User not found! Please check user exist or password is right!.'

function envelope(code: number, message: string, data: unknown) {
  return { code, message, data }
}

function success(data: unknown): Answer {
  return { status: 200, body: envelope(0, 'success', data) }
}

function absent(data: string): Answer {
  return { status: 404, body: envelope(20_004, 'resource not found', data) }
}

function serviceKey({ namespaceId, groupName, serviceName }: Form): string {
  return `${namespaceId}/${groupName}@@${serviceName}`
}

function keyOf({ clusterName = 'DEFAULT', ip, port }: Form): string {
  return `${clusterName}/${ip}:${port}`
}

function clusterMapOf(instances: ReadonlyMap<string, Instance>) {
  return Object.fromEntries(
    [...instances.values()].map(({ clusterName }) => [clusterName, { clusterName, hosts: null }]),
  )
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part as Uint8Array))
  return Buffer.concat(parts).toString('utf8')
}
