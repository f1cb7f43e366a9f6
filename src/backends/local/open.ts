import type { InstanceInit } from '../../model/instance.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Backend, OpenOptions, Registration, Target, WriteOptions } from '../contract/backend.ts'
import { KvBackend } from '../kv/adapter.ts'
import { type LocalStore, openLocalStore } from './store.ts'

export async function openLocal(target: Target, options: OpenOptions): Promise<Backend> {
  const path = target.url.scheme === 'memory' ? undefined : target.url.path
  return new LocalBackend(await openLocalStore(path, options.now), target, options)
}

class LocalBackend extends KvBackend {
  readonly #store: LocalStore

  constructor(store: LocalStore, target: Target, options: OpenOptions) {
    super(store, target, options)
    this.#store = store
  }

  /** Registering reads first, and a file that is not there cannot be read. Only what can be registered makes one. */
  override async register(instance: InstanceInit, options: WriteOptions): Promise<Registration> {
    try {
      return await super.register(instance, options)
    } catch (error) {
      if (!(error instanceof RollcallError && error.code === 'unreachable')) throw error
    }
    await this.#store.create(options.signal)
    return super.register(instance, options)
  }
}
