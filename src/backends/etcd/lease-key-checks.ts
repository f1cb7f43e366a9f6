import { isForbidden } from '../../model/errors.ts'
import type { Cluster } from './cluster.ts'
import { OPERATIONS } from './transactions.ts'
import { encodeLeaseCheck } from './wire-requests.ts'

/** The keys that should be attached to a lease, and who wants to know whether they are. */
export interface LeaseKeyCheck {
  /** In sixteen digits. */
  readonly lease: string
  /** At most as many as fit into a transaction. The same array for the same keys. */
  readonly keys: readonly Uint8Array[]
  /** One of the two is called. */
  tell(isHeld: boolean): void
  fail(error: unknown): void
}

/** A transaction as it was sent. */
interface Asked {
  readonly checks: readonly Pick<LeaseKeyCheck, 'lease' | 'keys'>[]
  readonly request: Buffer
}

/** How many transactions are kept to be sent again. */
const KEPT = 100

/**
 * Checks whether keys are still attached to their leases, with one transaction for all checks that can wait for it. A
 * request for each lease would cost several times as much as its heartbeat. Heartbeats answered together are also sent
 * together the next time, and then the same transactions are sent again.
 */
export class LeaseKeyChecks {
  readonly #cluster: Cluster
  #waiting: LeaseKeyCheck[] = []
  #timer: NodeJS.Timeout | undefined
  #due = Infinity
  /** By their first lease. */
  readonly #asked = new Map<string, Asked>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** `patience`: milliseconds that the check can wait for others. */
  ask(check: LeaseKeyCheck, patience: number): void {
    this.#waiting.push(check)
    const due = performance.now() + patience
    if (due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => this.#askAll(), patience)
  }

  #askAll(): void {
    const checks = this.#waiting
    this.#waiting = []
    this.#due = Infinity
    for (const part of batches(checks)) void this.#askTogether(part)
  }

  /** Asks for several at once; if reading one of them is forbidden, asks for each separately. */
  async #askTogether(checks: readonly LeaseKeyCheck[]): Promise<void> {
    try {
      const request = this.#requestFor(checks)
      if (await this.#cluster.read('renew leases', (member) => member.areLeased(request)))
        for (const check of checks) check.tell(true)
      else await this.#lookAtEach(checks)
    } catch (error) {
      if (isForbidden(error) && checks.length > 1) for (const check of checks) void this.#askTogether([check])
      else for (const check of checks) check.fail(error)
    }
  }

  /** Nearly always all keys are where they should be, which etcd says for less than what it costs to read them. */
  #requestFor(checks: readonly LeaseKeyCheck[]): Buffer {
    const first = checks[0]?.lease ?? ''
    const before = this.#asked.get(first)
    if (before && areSame(before.checks, checks)) return before.request
    const request = encodeLeaseCheck(checks.flatMap(({ lease, keys }) => keys.map((key) => ({ lease, key }))))
    if (this.#asked.size === KEPT) this.#asked.clear()
    this.#asked.set(first, { checks: checks.map(({ lease, keys }) => ({ lease, keys })), request })
    return request
  }

  async #lookAtEach(checks: readonly LeaseKeyCheck[]): Promise<void> {
    const looks = checks.flatMap(({ keys }) => keys.map((key) => ({ key, keys_only: true })))
    const { answers } = await this.#cluster.read('renew leases', (member) => member.ranges(looks))
    let at = 0
    for (const check of checks) {
      const own = answers.slice(at, (at += check.keys.length))
      const isHeld = own.every((answer) => answer.records(0, 1)[0]?.lease === check.lease)
      check.tell(own.length === check.keys.length && isHeld)
    }
  }
}

function areSame(before: Asked['checks'], checks: readonly LeaseKeyCheck[]): boolean {
  if (before.length !== checks.length) return false
  return checks.every(({ lease, keys }, at) => lease === before[at]?.lease && keys === before[at]?.keys)
}

/** Splits into requests; the keys of one check stay together. */
function batches(checks: readonly LeaseKeyCheck[]): LeaseKeyCheck[][] {
  const all: LeaseKeyCheck[][] = []
  let room = 0
  for (const check of checks) {
    if (check.keys.length <= room) all.at(-1)?.push(check)
    else {
      all.push([check])
      room = OPERATIONS
    }
    room -= check.keys.length
  }
  return all
}
