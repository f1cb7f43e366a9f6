import type { Cluster } from './cluster.ts'
import { HeartbeatBatch, type SentTogether } from './heartbeat-batch.ts'

/** The heartbeats of all leases. Those that come at the same time are sent together. */
export class Heartbeats {
  readonly #cluster: Cluster
  #next: HeartbeatBatch | undefined

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /**
   * Renews a lease, in sixteen digits. Resolves with the seconds it lasts from now on, 0 when it is gone; throws a RollcallError, or
   * the signal's reason.
   */
  beat(lease: string, signal?: AbortSignal): Promise<number> {
    return this.next.add(lease, signal)
  }

  /** Those that are to be sent next. */
  get next(): HeartbeatBatch {
    this.#next ??= this.#begin()
    return this.#next
  }

  /** Timers that are due together run before it is sent. */
  #begin(): HeartbeatBatch {
    const batch = new HeartbeatBatch()
    setImmediate(() => {
      this.#next = undefined
      void this.send(batch)
    })
    return batch
  }

  /** Never rejects: a failure is reported to whoever waits. */
  async send(batch: SentTogether): Promise<void> {
    const { leases } = batch.attempt()
    if (leases.length === 0) return
    const doing = leases.length === 1 ? `renew the lease ${leases[0]}` : `renew ${leases.length} leases`
    try {
      await this.#cluster.read(doing, (member) => member.keepAlive(batch))
    } catch (error) {
      batch.fail(error)
    }
  }
}
