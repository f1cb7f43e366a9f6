import type { Client } from '../client/client.ts'
import type { MonitorEvent } from '../client/monitor/event.ts'
import type { Monitor } from '../client/monitor/monitor.ts'
import { skewText } from '../model/duration.ts'
import type { Logger } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'

interface MonitorReports {
  readonly logger: Logger
  /** An instance was marked as down, and how it was before. */
  readonly marked: (entry: InstanceEntry) => void
}

/** The monitor beside the HTTP API, and what it has done since this server began. */
export class ServerMonitor implements AsyncDisposable {
  /** How often each happened. */
  readonly counts = new Map<MonitorEvent['type'], number>()
  readonly #monitor: Monitor
  readonly #reports: MonitorReports

  /** @throws RollcallError `unsupported` where nothing can be marked */
  constructor(client: Client, reports: MonitorReports) {
    this.#reports = reports
    this.#monitor = client.monitor({ onEvent: (event) => this.#take(event) })
  }

  get leads(): boolean {
    return this.#monitor.leads
  }

  /** The largest difference between a writer's clock and ours, in milliseconds. */
  get skew(): number {
    return this.#monitor.skew
  }

  #take(event: MonitorEvent): void {
    const { logger, marked } = this.#reports
    this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1)
    if (event.type === 'down') marked(event.entry)
    if (event.type === 'failed') logger.warn(`monitor: ${event.message}`)
    if (event.type === 'leading') logger.info('monitor: this server now marks unrenewed instances as down')
    if (event.type === 'lost') logger.info(`monitor: lost the lock: ${event.message}`)
    if (event.type === 'skew') logger.warn(`monitor: ${nameOf(event.entry)}: ${skewText(event.ahead)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#monitor[Symbol.asyncDispose]()
  }
}

function nameOf({ service, instance }: InstanceEntry): string {
  return `${service}/${instance.id}`
}
