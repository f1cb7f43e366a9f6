import { isForbidden } from '../../model/errors.ts'
import type { Cluster } from './cluster.ts'
import { OPERATIONS } from './transactions.ts'
import { encodeLeaseCheck } from './wire-requests.ts'

/** The keys that should be attached to a lease. */
interface LeaseKeys {
  /** In sixteen digits. */
  readonly lease: string
  /** At most as many as fit into a transaction. The same array for the same keys. */
  readonly keys: readonly Uint8Array[]
}

/** Whoever wants to know whether the keys of one lease are attached to it. */
export interface LeaseKeyCheck extends LeaseKeys {
  /** One of the two is called. */
  tell(isHeld: boolean): void
  fail(error: unknown): void
}

/** Receives whether the keys of many leases are attached to them, by their places. */
export interface KeyCheckResults {
  /** Those from a place up to another one are. */
  held(from: number, to: number): void
  told(at: number, isHeld: boolean): void
  failed(at: number, error: unknown): void
}

/** Those from a place up to another one. */
interface Places {
  readonly from: number
  readonly to: number
}

/** A transaction as it was sent. */
interface Asked {
  readonly checks: readonly LeaseKeys[]
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
    this.#askEach(checks, {
      held(from, to) {
        for (const check of checks.slice(from, to)) check.tell(true)
      },
      told: (at, isHeld) => checks[at]?.tell(isHeld),
      failed: (at, error) => checks[at]?.fail(error),
    })
  }

  /** Asks for many together, by transactions of their own. At most as many milliseconds from now as the least patient can wait. */
  askEach(checks: readonly (LeaseKeys & { readonly patience: number })[], results: KeyCheckResults): void {
    const patience = checks.reduce((least, check) => Math.min(least, check.patience), Infinity)
    setTimeout(() => this.#askEach(checks, results), patience)
  }

  #askEach(all: readonly LeaseKeys[], results: KeyCheckResults): void {
    for (const { from, to } of batches(all)) void this.#askTogether(all, { from, to }, results)
  }

  /** Asks for several at once; if reading one of them is forbidden, asks for each separately. */
  async #askTogether(all: readonly LeaseKeys[], { from, to }: Places, results: KeyCheckResults): Promise<void> {
    const checks = all.slice(from, to)
    try {
      const request = this.#requestFor(checks)
      if (await this.#cluster.read('renew leases', (member) => member.areLeased(request))) results.held(from, to)
      else (await this.#lookAtEach(checks)).forEach((isHeld, at) => results.told(from + at, isHeld))
    } catch (error) {
      for (let at = from; at < to; at++) {
        if (isForbidden(error) && checks.length > 1) void this.#askTogether(all, { from: at, to: at + 1 }, results)
        else results.failed(at, error)
      }
    }
  }

  /** Nearly always all keys are where they should be, which etcd says for less than what it costs to read them. */
  #requestFor(checks: readonly LeaseKeys[]): Buffer {
    const first = checks[0]?.lease ?? ''
    const before = this.#asked.get(first)
    if (before && areSame(before.checks, checks)) return before.request
    const request = encodeLeaseCheck(checks.flatMap(({ lease, keys }) => keys.map((key) => ({ lease, key }))))
    if (this.#asked.size === KEPT) this.#asked.clear()
    this.#asked.set(first, { checks: checks.map(({ lease, keys }) => ({ lease, keys })), request })
    return request
  }

  async #lookAtEach(checks: readonly LeaseKeys[]): Promise<boolean[]> {
    const looks = checks.flatMap(({ keys }) => keys.map((key) => ({ key, keys_only: true })))
    const { answers } = await this.#cluster.read('renew leases', (member) => member.ranges(looks))
    let at = 0
    return checks.map(({ lease, keys }) => {
      const own = answers.slice(at, (at += keys.length))
      return own.length === keys.length && own.every((answer) => answer.records(0, 1)[0]?.lease === lease)
    })
  }
}

function areSame(before: Asked['checks'], checks: readonly LeaseKeys[]): boolean {
  if (before.length !== checks.length) return false
  return checks.every(({ lease, keys }, at) => lease === before[at]?.lease && keys === before[at]?.keys)
}

/** Splits into requests; the keys of one check stay together. */
function batches(checks: readonly LeaseKeys[]): Places[] {
  const all: Places[] = []
  let from = 0
  let room = OPERATIONS
  // An iterator would make two objects for each of them.
  checks.forEach(({ keys }, at) => {
    if (keys.length > room) {
      all.push({ from, to: at })
      from = at
      room = OPERATIONS
    }
    room -= keys.length
  })
  if (checks.length > from) all.push({ from, to: checks.length })
  return all
}
