import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Reading } from '../../model/reading.ts'
import { RollcallError } from '../../model/errors.ts'
import type { RemovalEffect, RestoreRecord } from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { keyOf, valueOf } from '../kv/record.ts'
import { SessionKvBackend } from '../kv/adapter.ts'
import { besideOf, TOO_LARGE } from './beside.ts'
import type { ZooKeeperStore } from './store.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** A registry in ZooKeeper, whose nodes have an ACL and a kind in addition to their data. */
export class ZooKeeperBackend extends SessionKvBackend {
  readonly #store: ZooKeeperStore

  constructor(store: ZooKeeperStore, target: Target, options: OpenOptions) {
    super(store, target, options)
    this.#store = store
  }

  /** The records with the ACL and the kind of their nodes, and whether the server would accept them again. */
  async examine(records: readonly RawRecord[], { signal }: Stop = {}): Promise<RawRecord[]> {
    const nodes = records.map((record) => ({ key: keyOf(record), bytes: valueOf(record).length }))
    const found = await this.#store.examine(nodes, { signal })
    return records.map((record, at) => ({ ...record, ...(found[at] && { beside: found[at] }) }))
  }

  override removalEffect(record: RawRecord, reading: Reading): RemovalEffect {
    const lost = record.lease === undefined ? besideOf(record).lost : OF_A_SESSION
    return { ...super.removalEffect(record, reading), ...(lost !== undefined && { lost }) }
  }

  /** Removes records, but keeps those that are too large to be restored. */
  override async *remove(records: readonly RawRecord[], stop: Stop = {}): AsyncGenerator<Outcome> {
    for (const record of records) if (besideOf(record).tooLarge) yield tooLarge(record.id)
    const others = records.filter((record) => !besideOf(record).tooLarge)
    if (others.length > 0) yield* super.remove(others, stop)
  }

  /** Restores folders before the nodes below them, so that each gets its own ACL. */
  override async *restore(records: readonly RestoreRecord[], stop: Stop = {}): AsyncGenerator<Outcome> {
    const byDepth = new Map<number, RestoreRecord[]>()
    for (const record of records) {
      const depth = record.id.split('/').length
      const some = byDepth.get(depth)
      if (some) some.push(record)
      else byDepth.set(depth, [record])
    }
    for (const depth of [...byDepth.keys()].toSorted((a, b) => a - b))
      yield* super.restore(byDepth.get(depth) ?? [], stop)
  }
}

const OF_A_SESSION = 'a record on a session cannot be restored: its process has to be restarted'

function tooLarge(id: string): Outcome {
  const error = new RollcallError('unsupported', `${id}: ${TOO_LARGE}`, {
    hint: 'raise jute.maxbuffer on all servers to what it was when the record was written',
  })
  return { id, result: 'unsupported', error }
}
