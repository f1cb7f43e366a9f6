import { RollcallError } from '../../model/errors.ts'
import type { Logger } from '../../model/logger.ts'
import { type EurekaTree, isTree, listIn, textIn } from './instance.ts'
import type { EurekaCall, Peers } from './peers.ts'

type Signal = AbortSignal | undefined

/** Where an instance lies. */
export interface InstanceAddress {
  /** In upper case, as Eureka keeps it. */
  readonly app: string
  readonly id: string
}

/** A whole registry, or what changed of it in the last minutes. */
export interface Applications {
  /** How many instances have which status in the whole registry: `DOWN_1_UP_3_`. */
  readonly hash: string
  readonly instances: readonly EurekaTree[]
}

/** The requests of Eureka. All throw RollcallErrors, and their signal's reason. */
export class EurekaApi implements Disposable {
  readonly #peers: Peers

  constructor(peers: Peers) {
    this.#peers = peers
  }

  get serverTime(): number | undefined {
    return this.#peers.serverTime
  }

  get endpoints(): readonly string[] {
    return this.#peers.endpoints
  }

  /** All there is, out of a cache of the server: without what happened in the last 30 seconds, and with older leases. */
  async list(signal: Signal): Promise<Applications> {
    const answer = await this.#peers.ask({ method: 'GET', path: '/apps', doing: 'list instances', signal })
    return applicationsIn(answer?.body)
  }

  /** What changed in the last three minutes, out of the same cache; undefined where the server does not tell it. */
  async delta(signal: Signal): Promise<Applications | undefined> {
    const answer = await this.#peers.ask({ ...DELTA, signal })
    return answer && applicationsIn(answer.body)
  }

  /** The hash of what one peer has; undefined where it does not tell it. */
  async hashAt(endpoint: string, signal: Signal): Promise<string | undefined> {
    const answer = await this.#peers.askPeer(endpoint, { ...DELTA, signal })
    return answer && applicationsIn(answer.body).hash
  }

  /**
   * Whether there is an application. The server keeps the answer for half a minute, but not as an answer to whoever then asks for
   * its instances: they would find none of a service that was just registered.
   */
  async hasApplication(app: string, signal: Signal): Promise<boolean> {
    const path = `/apps/${encodeURIComponent(app)}`
    return (
      (await this.#peers.ask({
        method: 'GET',
        path,
        compact: true,
        doing: `read ${app}`,
        mayBeAbsent: true,
        signal,
      })) !== undefined
    )
  }

  /** The instances of an application, out of the same cache. */
  async application(app: string, signal: Signal): Promise<readonly EurekaTree[]> {
    const path = `/apps/${encodeURIComponent(app)}`
    const call: EurekaCall = { method: 'GET', path, doing: `read ${app}`, mayBeAbsent: true, signal }
    const answer = await this.#peers.ask(call)
    if (!answer) return []
    const application = isTree(answer.body) ? answer.body['application'] : undefined
    if (!isTree(application)) throw strange('an application that has none')
    return instancesIn(application)
  }

  /** One instance as it is now: this one request is not answered from a cache. */
  async instance(address: InstanceAddress, signal: Signal): Promise<EurekaTree | undefined> {
    const answer = await this.#peers.ask(this.#call('GET', address, { doing: 'read instances', signal }))
    if (!answer) return undefined
    const instance = isTree(answer.body) ? answer.body['instance'] : undefined
    if (isTree(instance)) return instance
    throw strange('an instance that is none')
  }

  async register({ app }: InstanceAddress, instance: EurekaTree, signal: Signal): Promise<void> {
    const path = `/apps/${encodeURIComponent(app)}`
    await this.#peers.ask({ method: 'POST', path, body: { instance }, doing: `register instances of ${app}`, signal })
  }

  /** False: the server does not have it, or wants it registered again. */
  async beat(address: InstanceAddress, signal: Signal): Promise<boolean> {
    return await this.#change('PUT', address, { doing: 'send heartbeats', signal })
  }

  /** False: it was gone already. */
  async cancel(address: InstanceAddress, signal: Signal): Promise<boolean> {
    return await this.#change('DELETE', address, { doing: 'deregister instances', signal })
  }

  /** Takes an instance out of traffic, whatever it says of itself. False: the server does not have it. */
  async override(address: InstanceAddress, signal: Signal): Promise<boolean> {
    const tail = '/status?value=OUT_OF_SERVICE'
    return await this.#change('PUT', address, { tail, doing: 'override statuses', signal })
  }

  /** Ends that. Eureka has forgotten what the instance says of itself, and takes UP until it registers again. */
  async endOverride(address: InstanceAddress, signal: Signal): Promise<boolean> {
    return await this.#change('DELETE', address, { tail: '/status?value=UP', doing: 'override statuses', signal })
  }

  async #change(method: EurekaCall['method'], address: InstanceAddress, options: CallOptions): Promise<boolean> {
    return (await this.#peers.ask(this.#call(method, address, options))) !== undefined
  }

  #call(
    method: EurekaCall['method'],
    { app, id }: InstanceAddress,
    { tail = '', doing, signal }: CallOptions,
  ): EurekaCall {
    const path = `/apps/${encodeURIComponent(app)}/${encodeURIComponent(id)}${tail}`
    return { method, path, doing: `${doing} of ${app}`, mayBeAbsent: true, signal }
  }

  [Symbol.dispose](): void {
    this.#peers[Symbol.dispose]()
  }
}

const DELTA: EurekaCall = { method: 'GET', path: '/apps/delta', doing: 'read changes', mayBeOff: true }

interface CallOptions {
  /** What follows the instance in the path. */
  readonly tail?: string
  readonly doing: string
  readonly signal: Signal
}

/** Of many applications, of one (some servers answer that without a list), or of none. */
function applicationsIn(body: unknown): Applications {
  const applications = isTree(body) ? body['applications'] : undefined
  if (!isTree(applications)) throw strange('a registry that has no applications')
  const instances = listIn(applications, 'application').flatMap(instancesIn)
  return { hash: textIn(applications, 'apps__hashcode'), instances }
}

function instancesIn(application: EurekaTree): readonly EurekaTree[] {
  return listIn(application, 'instance')
}

function strange(what: string): RollcallError {
  return new RollcallError('wrong-server', `eureka: the server answered with ${what}`, {
    hint: 'check host, port and path: Spring Cloud serves Eureka on port 8761 under /eureka',
  })
}

/** What the parts of this backend work on. */
export interface EurekaContext {
  readonly api: EurekaApi
  readonly now: () => number
  readonly logger: Logger
  /** The ids of leases that were found kept by self-preservation. */
  readonly kept: Set<string>
}
