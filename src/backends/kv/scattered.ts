import { byServiceName } from '../contract/service-order.ts'
import type { RawRecord } from '../../model/record.ts'
import type { KvContext } from './context.ts'
import { read } from './record.ts'

/** Records in a page of them. */
const PAGE = 1_000

/**
 * The records of a scan that may be parts of one instance, held back until all is read: at the root of a tree they can lie in any
 * folders, as Dubbo's do, which has one for each interface.
 */
export class Scattered {
  readonly #kv: KvContext
  readonly #byService = new Map<string, RawRecord[]>()

  constructor(kv: KvContext) {
    this.#kv = kv
  }

  /** Holds back the parts among these records, and returns the others. */
  withoutParts(records: readonly RawRecord[]): readonly RawRecord[] {
    return records.filter((record) => {
      const reading = read(this.#kv, record, this.#kv.now())
      if (reading.is !== 'instance' || reading.groupKey === undefined) return true
      const parts = this.#byService.get(record.service)
      if (parts) parts.push(record)
      else this.#byService.set(record.service, [record])
      return false
    })
  }

  /** What was held back, services in their order, in pages. */
  *parts(): Generator<readonly RawRecord[]> {
    for (const service of [...this.#byService.keys()].sort(byServiceName)) {
      const parts = this.#byService.get(service) ?? []
      for (let at = 0; at < parts.length; at += PAGE) yield parts.slice(at, at + PAGE)
      this.#byService.delete(service)
    }
  }
}
