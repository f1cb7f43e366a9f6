import { Counter, Gauge, Histogram, Registry as Metrics, collectDefaultMetrics } from 'prom-client'
import type { Registry } from './registry.ts'
import { wordOf } from './aio-record.ts'

/** What `/metrics` tells: the registry as it is at the scrape, and what this server has done. */
export class ServerMetrics {
  readonly #metrics = new Metrics()
  readonly #registry: Registry
  readonly #now: () => number
  readonly #instances: Gauge<'service' | 'status'>
  readonly #oldest: Gauge
  readonly #malformed: Gauge
  readonly #stale: Gauge
  readonly #writes: Counter<'action' | 'result'>
  readonly #requests: Histogram<'method' | 'route' | 'status'>

  constructor(registry: Registry, now: () => number) {
    this.#registry = registry
    this.#now = now
    const registers = [this.#metrics]
    collectDefaultMetrics({ register: this.#metrics })
    this.#instances = new Gauge({
      name: 'rollcall_instances',
      help: 'Instances by service and status',
      labelNames: ['service', 'status'],
      registers,
    })
    this.#oldest = new Gauge({
      name: 'rollcall_oldest_unrenewed_seconds',
      help: 'Since the longest unrenewed instance that counts as up or expired was renewed',
      registers,
    })
    this.#malformed = new Gauge({
      name: 'rollcall_malformed_records',
      help: 'Records that no client can use',
      registers,
    })
    this.#stale = new Gauge({
      name: 'rollcall_registry_stale',
      help: '1 while the registry cannot be asked and the last picture of it is served',
      registers,
    })
    this.#writes = new Counter({
      name: 'rollcall_writes_total',
      help: 'Registrations, renewals, offlines and removals by result: done, or the HTTP status',
      labelNames: ['action', 'result'],
      registers,
    })
    this.#requests = new Histogram({
      name: 'rollcall_http_request_duration_seconds',
      help: 'Time to answer, by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    })
  }

  get contentType(): string {
    return this.#metrics.contentType
  }

  countWrite(action: string, result: string): void {
    this.#writes.inc({ action, result })
  }

  /** Seconds. */
  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds)
  }

  /** The text that Prometheus reads. What the registry cannot be asked for is left as it was. */
  async text(): Promise<string> {
    const { live, client } = this.#registry
    this.#stale.set(Number(live.stale))
    this.#instances.reset()
    let oldest = 0
    for (const { service, observed } of live.table.all()) {
      this.#instances.inc({ service, status: wordOf(observed.status) })
      const isCounted = observed.status === 'up' || observed.status === 'expired'
      if (isCounted && observed.renewedAt !== undefined) oldest = Math.max(oldest, this.#now() - observed.renewedAt)
    }
    this.#oldest.set(oldest / 1000)
    if (!live.stale) await this.#countMalformed(client)
    return await this.#metrics.metrics()
  }

  async #countMalformed(client: Registry['client']): Promise<void> {
    let malformed = 0
    for await (const entry of client.entries()) if (entry.is === 'malformed') malformed++
    this.#malformed.set(malformed)
  }
}
