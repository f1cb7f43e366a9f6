import { RollcallError } from '../../model/errors.ts'
import { pause } from '../../model/back-off.ts'
import { requireAsked } from './ask.ts'
import { type Health, checkHealth } from './health.ts'
import type { Asked } from './transports.ts'

/** How often endpoints are probed, and when one counts as well or as sick. */
export interface HealthCheckerOptions {
  /** Milliseconds from one check of all endpoints to the next; 10,000 by default. */
  readonly every?: number
  /** Checks in a row that must succeed before an endpoint that is down is up again; 1 by default. */
  readonly up?: number
  /** Checks in a row that must fail before an endpoint that is up is down; 3 by default. The very first check decides at once. */
  readonly down?: number
}

/** What the latest check of an endpoint found. */
export interface LastCheck extends Health {
  /** Milliseconds since 1970. */
  readonly at: number
}

interface State {
  healthy: boolean
  /** Checks in a row that contradict `healthy`. */
  against: number
  last: LastCheck
}

/** Checks the health of endpoints at intervals until it is disposed of: HTTP by GET /health, gRPC by its health service, others by a TCP connection. */
export class HealthChecker implements AsyncDisposable {
  readonly #asked: ReadonlyMap<string, Asked>
  readonly #options: Required<HealthCheckerOptions>
  readonly #states = new Map<string, State>()
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  /** Starts checking at once. @throws RollcallError `usage` for an endpoint that cannot be connected to, such as one without a port. */
  constructor(endpoints: readonly string[], { every = 10_000, up = 1, down = 3 }: HealthCheckerOptions = {}) {
    this.#asked = new Map(endpoints.map((endpoint) => [endpoint, requireAsked(endpoint)]))
    this.#options = { every, up, down }
    this.#ended = this.#run().catch(() => {})
  }

  /** Returns the healthy endpoints in the order in which they were given; none before their first check. */
  healthy(): string[] {
    return [...this.#asked.keys()].filter((endpoint) => this.#states.get(endpoint)?.healthy)
  }

  /** Returns the result of the latest check of an endpoint; undefined before its first check and for an unknown endpoint. */
  lastCheck(endpoint: string): LastCheck | undefined {
    return this.#states.get(endpoint)?.last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RollcallError('interrupted', 'the health checker was closed'))
    await this.#ended
  }

  /** Ends by the signal's reason alone. */
  async #run(): Promise<never> {
    for (;;) {
      await Promise.all([...this.#asked].map(([endpoint, asked]) => this.#check(endpoint, asked)))
      await pause(this.#options.every, this.#stop.signal)
    }
  }

  async #check(endpoint: string, asked: Asked): Promise<void> {
    const last = { ...(await checkHealth(asked, { signal: this.#stop.signal })), at: Date.now() }
    const { healthy, against } = this.#states.get(endpoint) ?? { healthy: last.healthy, against: 0 }
    const now = last.healthy === healthy ? 0 : against + 1
    const turns = now >= (healthy ? this.#options.down : this.#options.up) && now > 0
    this.#states.set(endpoint, { healthy: turns ? !healthy : healthy, against: turns ? 0 : now, last })
  }
}
