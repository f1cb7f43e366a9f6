import type { Cluster } from './cluster.ts'
import { HeartbeatBatch } from './heartbeat-batch.ts'

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
      void this.#send(batch)
    })
    return batch
  }

  async #send(batch: HeartbeatBatch): Promise<void> {
    const [first, ...others] = batch.leases
    if (first === undefined) return
    const doing = others.length === 0 ? `renew the lease ${first}` : `renew ${others.length + 1} leases`
    try {
      await this.#cluster.read(doing, (member) => member.keepAlive(batch))
    } catch (error) {
      batch.fail(error)
    }
  }
}
