import type { Page, Registration, ScanOptions, Scope } from '../backends/contract/backend.ts'
import type { Environment, Settings } from '../backends/contract/driver.ts'
import { settled, targetFrom } from '../config/target.ts'
import { RollcallError } from '../model/errors.ts'
import { type InstanceInit, ServiceInstance } from '../model/instance.ts'
import type { Logger } from '../model/logger.ts'
import { Client, type EntryScan, type KeepAlive, type KeepAliveOptions } from './client.ts'
import { type InstanceRef, nameOf, theOnly } from './find.ts'
import type { RenewServiceOptions, RenewedService } from './renew-service.ts'
import { type ServiceOptions, ServiceWatcher, type Watcher } from './watch/watcher.ts'

/** Kratos' `registry.Registrar`. */
export interface Registrar {
  /** Registers an instance and sends heartbeats until the handle is disposed of or the instance is deregistered. */
  register(instance: InstanceInit, options?: KeepAliveOptions): Promise<KeepAlive>
  /** Removes an instance, and ends its heartbeat if this registry object sends it. An instance that is not registered is not an error. */
  deregister(instance: InstanceRef, options?: { signal?: AbortSignal }): Promise<void>
}

/** How an instance is registered once; what is for keeping alive has no effect. */
interface OnceOptions extends Omit<KeepAliveOptions, 'keepAlive'> {
  readonly keepAlive: false
}

/** Kratos' `registry.Discovery`. */
export interface Discovery {
  /** Resolves with the instances that are up, or with all of them for `{all: true}`; empty when there are none. */
  getService(name: string, options?: ServiceOptions): Promise<readonly ServiceInstance[]>
  /** Watches the service: the list of `getService`, and a new one after each change. */
  watch(name: string, options?: ServiceOptions): Watcher
}

/** Settings that are not in the URL, and what the library works with. */
export interface ConnectOptions extends Partial<Settings> {
  /** Aborts connecting. */
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** Variables of the registry's own system that complete the URL, such as ETCDCTL_USER; give `process.env` to use them. */
  readonly environment?: Environment
}

/**
 * Opens the registry that a URL names, such as `etcd://127.0.0.1:2379`, `file:./registry.db` or `memory:`.
 *
 * @throws RollcallError `usage` for a URL that does not name a registry; the registry's error when it can never be used.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Registry> {
  const { signal, logger, environment = {}, ...settings } = options
  const target = await settled(targetFrom(url, settings, environment))
  return new Registry(await Client.open(target, { signal, logger }))
}

/** An open service registry. Disposing of it deregisters the instances that it keeps alive. */
export class Registry implements Registrar, Discovery, AsyncDisposable {
  /** Everything the command line works with: records, heartbeats, restoring, watching from a revision. */
  readonly client: Client
  readonly #kept = new Map<string, KeepAlive>()

  constructor(client: Client) {
    this.client = client
  }

  /**
   * Registers an instance and keeps it alive; with `keepAlive: false` it registers once and sends no heartbeats. While the registry
   * is away this is tried again up to 5 times, which takes some seconds; then it rejects with `unreachable`.
   *
   * @throws RollcallError `usage` for endpoints that cannot be dialled, `conflict` when another live instance has the id.
   */
  register(instance: InstanceInit, options: OnceOptions): Promise<Registration>
  register(instance: InstanceInit, options?: KeepAliveOptions): Promise<KeepAlive>
  async register(
    instance: InstanceInit,
    options: OnceOptions | KeepAliveOptions = {},
  ): Promise<Registration | KeepAlive> {
    if (options.keepAlive === false) return await this.client.register(instance, options)
    const name = nameOf(instance)
    const previous = this.#kept.get(name)
    // An instance that this object keeps alive itself may be replaced.
    const kept = await this.client.keepAlive(instance, previous ? { ...options, replace: true } : options)
    this.#kept.set(name, kept)
    await previous?.release()
    const forget = (): boolean => this.#kept.get(name) === kept && this.#kept.delete(name)
    kept.done.then(forget, forget)
    return kept
  }

  /** @throws RollcallError `conflict` when the instance changed after it was read, `forbidden` when it cannot be seen, `ambiguous` for several. */
  async deregister(instance: InstanceRef, options: { signal?: AbortSignal } = {}): Promise<void> {
    const name = nameOf(instance)
    await this.#kept.get(name)?.[Symbol.asyncDispose]()
    const entries = await this.client.find({ service: instance.name, id: instance.id }, options)
    const entry = theOnly(entries, instance)
    const hidden = entry ? undefined : await this.client.unreadable({ services: [instance.name] }, options)
    if (hidden !== undefined) throw unseen(name, hidden)
    for await (const { id, result, error } of this.client.remove(entry?.records ?? [], options)) {
      if (error) throw error
      if (result === 'changed') throw changed(name, id)
    }
  }

  /** Sends heartbeats, until disposed of, for an instance that is already registered, as AIO's `RenewService`; see RenewedService. */
  renewService(instance: InstanceRef, options: RenewServiceOptions = {}): Promise<RenewedService> {
    return this.client.renewService(instance, options)
  }

  /** Resolves with the instances that are up, or with all of them for `{all: true}`; empty when there are none. @throws RollcallError the registry's error when it cannot be read; the signal's reason */
  async getService(name: string, { all = false, signal }: ServiceOptions = {}): Promise<readonly ServiceInstance[]> {
    const instances: ServiceInstance[] = []
    for await (const entry of this.entries({ services: [name] }, { signal })) {
      if (entry.is === 'instance' && (all || entry.observed.status === 'up')) instances.push(entry.instance)
    }
    return instances
  }

  /** Watches a service: the list of `getService`, and a new one after each change. Iterating, and `next`, throw the registry's errors. */
  watch(name: string, options: ServiceOptions = {}): Watcher {
    return new ServiceWatcher(this.client, name, options)
  }

  /** Streams the instances of a scope with status and origin, and its malformed and foreign records. Iterating throws the registry's errors. */
  entries(scope: Scope = {}, options: { detail?: boolean; signal?: AbortSignal } = {}): EntryScan {
    return this.client.entries(scope, options)
  }

  /** Yields the stored records as they are, undecoded, page by page. Iterating throws the registry's errors. */
  scan(scope: Scope = {}, options: ScanOptions = {}): AsyncIterable<Page> {
    return this.client.backend.scan(scope, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#kept.values()].map((kept) => kept[Symbol.asyncDispose]())
    const results = await Promise.allSettled(ends)
    await this.client[Symbol.asyncDispose]()
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}

function unseen(name: string, hidden: string): RollcallError {
  return new RollcallError('forbidden', `${name} cannot be seen, so nothing shows that it is gone: ${hidden}`, {
    hint: 'use credentials that can read it',
  })
}

function changed(name: string, record: string): RollcallError {
  return new RollcallError('conflict', `${name} was not removed: ${record} has changed since it was read`, {
    hint: 'its owner is alive and writes it: stop the owner, or deregister again',
  })
}
