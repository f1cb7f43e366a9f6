import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type * as Contract from '../contract/backend.ts'
import type { Catalogue } from './catalogue.ts'
import { remove, renew, restore, setStatus } from './changes.ts'
import { register } from './register.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** The optional methods that are the catalogue's own affair. */
const PASSED_ON = ['watch', 'examine', 'alternatives', 'changeable', 'clock', 'checkPlace', 'remarks'] as const

/** A registry with records of its own. It owns the catalogue; of the optional methods it has those that its capabilities say. */
export class CatalogueBackend<R extends RawRecord> implements Contract.Backend {
  readonly driver: string
  declare readonly offlineLimit?: string
  declare readonly renew?: Contract.Backend['renew']
  declare readonly setStatus?: Contract.Backend['setStatus']
  declare readonly restore?: Contract.Backend['restore']
  declare readonly watch?: Contract.Backend['watch']
  declare readonly examine?: Contract.Backend['examine']
  declare readonly alternatives?: Contract.Backend['alternatives']
  declare readonly changeable?: Contract.Backend['changeable']
  declare readonly clock?: Contract.Backend['clock']
  declare readonly checkPlace?: Contract.Backend['checkPlace']
  declare readonly remarks?: Contract.Backend['remarks']
  readonly #catalogue: Catalogue<R>

  constructor(catalogue: Catalogue<R>) {
    this.#catalogue = catalogue
    this.driver = catalogue.driver
    const { capabilities, offlineLimit } = catalogue
    if (offlineLimit !== undefined) this.offlineLimit = offlineLimit
    if (capabilities.renew) this.renew = (records, { signal } = {}) => renew(catalogue, records, signal)
    if (capabilities.offline)
      this.setStatus = (records, status, { reason, signal } = {}) =>
        setStatus(catalogue, records, status, { reason, signal })
    if (capabilities.restore) this.restore = (records, { signal } = {}) => restore(catalogue, records, signal)
    for (const name of PASSED_ON) {
      const method = catalogue[name]
      if (method) Object.assign(this, { [name]: method.bind(catalogue) })
    }
  }

  capabilities(): Capabilities {
    return this.#catalogue.capabilities
  }

  scan(scope: Contract.Scope, options?: Contract.ScanOptions): AsyncIterable<Contract.Page> {
    return this.#catalogue.scan(scope, options)
  }

  read(record: RawRecord, now: number): Reading {
    return this.#catalogue.read(record, now)
  }

  encode(instance: InstanceInit, options: Contract.WriteOptions): RawRecord[] {
    return this.#catalogue.encode(instance, options)
  }

  register(instance: InstanceInit, options: Contract.WriteOptions): Promise<Contract.Registration> {
    return register(this.#catalogue, instance, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.#catalogue, records, signal)
  }

  whyDead(entry: InstanceEntry, now: number): string | undefined {
    return this.#catalogue.whyDead(entry, now)
  }

  removalEffect(record: RawRecord, reading: Reading): Contract.RemovalEffect {
    return this.#catalogue.removalEffect(record, reading)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#catalogue[Symbol.asyncDispose]()
  }
}
