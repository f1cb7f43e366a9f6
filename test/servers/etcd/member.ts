import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { Daemon } from '../daemon.ts'

const READY_WITHIN = 20_000

/** One etcd process. Its data stay when it is stopped, and go when it is disposed of. */
export class EtcdMember implements AsyncDisposable {
  readonly port: number
  readonly endpoint: string
  readonly #daemon: Daemon
  readonly #health: string

  private constructor(port: number, healthPort: number, daemon: Daemon) {
    this.port = port
    this.endpoint = `127.0.0.1:${port}`
    this.#daemon = daemon
    this.#health = `http://127.0.0.1:${healthPort}/health?exclude=NOSPACE`
  }

  /** It is not started yet. */
  static async create(
    program: string,
    ports: { client: number; health: number },
    flags: readonly string[],
  ): Promise<EtcdMember> {
    const daemon = await Daemon.create('etcd', (folder) => [
      program,
      `--data-dir=${folder}/data`,
      '--log-level=error',
      '--unsafe-no-fsync',
      `--listen-metrics-urls=http://127.0.0.1:${ports.health}`,
      ...flags,
    ])
    return new EtcdMember(ports.client, ports.health, daemon)
  }

  /** Starts it; the promise waits until it serves. */
  async start(): Promise<void> {
    this.#daemon.start()
    const end = Date.now() + READY_WITHIN
    while (!(await this.#isHealthy())) {
      if (!this.#daemon.running || Date.now() > end)
        throw new Error(`etcd on ${this.endpoint} does not serve:\n${this.#daemon.log()}`)
      await delay(20)
    }
  }

  stop(): Promise<void> {
    return this.#daemon.stop()
  }

  /** As a power failure would: KILL. */
  kill(): Promise<void> {
    return this.#daemon.kill()
  }

  freeze(): void {
    this.#daemon.freeze()
  }

  thaw(): void {
    this.#daemon.thaw()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  #isHealthy(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = get(this.#health, { agent: false, timeout: 2000 }, (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      })
      request.once('timeout', () => request.destroy())
      request.once('error', () => resolve(false))
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#daemon[Symbol.asyncDispose]()
  }
}
