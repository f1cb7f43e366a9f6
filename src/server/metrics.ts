import { Counter, Gauge, Histogram, Registry as Metrics, collectDefaultMetrics } from 'prom-client'
import { wordOf } from './aio-record.ts'
import type { ServerContext } from './context.ts'
import type { Malformed } from './malformed.ts'
import type { Live } from './live.ts'

/** Sums of prom-client's own gauges, which it names as only counters may be named. */
const NOT_COUNTED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/** The content of `/metrics`: the registry at the time of the scrape, and what this server has done. */
export class ServerMetrics {
  readonly #metrics = new Metrics()
  readonly #live: Live
  readonly #now: () => number
  readonly #monitor: ServerContext['monitor']
  readonly #instances: Gauge<'service' | 'status'>
  readonly #oldest: Gauge
  readonly #malformedRecords: Malformed
  readonly #malformed: Gauge
  readonly #stale: Gauge
  readonly #writes: Counter<'action' | 'result'>
  readonly #actions: Counter<'action'>
  readonly #leads: Gauge
  readonly #skew: Gauge
  readonly #journal: ServerContext['journal']
  readonly #journalFailing: Gauge | undefined
  readonly #requests: Histogram<'method' | 'route' | 'status'>

  constructor({ live, malformed, now, monitor, journal }: ServerContext) {
    this.#live = live
    this.#malformedRecords = malformed
    this.#now = now
    this.#monitor = monitor
    this.#journal = journal
    const registers = [this.#metrics]
    collectDefaultMetrics({ register: this.#metrics })
    for (const name of NOT_COUNTED) this.#metrics.removeSingleMetric(name)
    this.#instances = new Gauge({
      name: 'rollcall_instances',
      help: 'Instances by service and status',
      labelNames: ['service', 'status'],
      registers,
    })
    this.#oldest = new Gauge({
      name: 'rollcall_oldest_unrenewed_seconds',
      help: 'Time since the oldest last renewal among instances that are up or expired',
      registers,
    })
    this.#malformed = new Gauge({
      name: 'rollcall_malformed_records',
      help: 'Records that no client can use',
      registers,
    })
    this.#stale = new Gauge({
      name: 'rollcall_registry_stale',
      help: '1 while the registry is unreachable and the last known state is served',
      registers,
    })
    this.#writes = new Counter({
      name: 'rollcall_writes_total',
      help: 'Registrations, renewals, offlines, removals and applied plans by result: done, or the HTTP status',
      labelNames: ['action', 'result'],
      registers,
    })
    this.#actions = new Counter({
      name: 'rollcall_monitor_actions_total',
      help: 'Events of the monitor of this server: down, skew, leading, lost, standby, failed',
      labelNames: ['action'],
      registers,
    })
    this.#leads = new Gauge({
      name: 'rollcall_monitor_leader',
      help: '1 while this server is the one that marks unrenewed instances as down',
      registers,
    })
    this.#skew = new Gauge({
      name: 'rollcall_clock_skew_seconds',
      help: 'The largest known difference between the clock of a renewing process and the clock of this server',
      registers,
    })
    this.#journalFailing =
      journal &&
      new Gauge({
        name: 'rollcall_journal_failing',
        help: '1 while the journal cannot be written and events are not kept',
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

  /** The text that Prometheus reads. While the registry is unreachable its numbers stay as they were. */
  async text(): Promise<string> {
    const live = this.#live
    this.#stale.set(Number(live.stale))
    this.#instances.reset()
    let oldest = 0
    for (const { service, observed } of live.table.all()) {
      this.#instances.inc({ service, status: wordOf(observed.status) })
      const isCounted = observed.status === 'up' || observed.status === 'expired'
      if (isCounted && observed.renewedAt !== undefined) oldest = Math.max(oldest, this.#now() - observed.renewedAt)
    }
    this.#oldest.set(oldest / 1000)
    this.#updateMonitor()
    this.#journalFailing?.set(Number(this.#journal?.isFailing ?? false))
    if (!live.stale) this.#malformed.set((await this.#malformedRecords.of(() => true)).total)
    return await this.#metrics.metrics()
  }

  #updateMonitor(): void {
    this.#leads.set(Number(this.#monitor?.leads ?? false))
    this.#skew.set((this.#monitor?.skew ?? 0) / 1000)
    this.#actions.reset()
    this.#actions.inc({ action: 'down' }, 0)
    for (const [action, count] of this.#monitor?.counts ?? []) this.#actions.inc({ action }, count)
  }
}
