import { get } from 'node:http'
import { Daemon } from '../daemon.ts'
import { Server } from '../server.ts'

/** One etcd process. */
export class EtcdMember extends Server {
  readonly port: number
  readonly endpoint: string
  readonly #health: string

  private constructor(port: number, healthPort: number, daemon: Daemon) {
    super(daemon)
    this.port = port
    this.endpoint = `127.0.0.1:${port}`
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

  protected serves(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = get(this.#health, { agent: false, timeout: 2000 }, (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      })
      request.once('timeout', () => request.destroy())
      request.once('error', () => resolve(false))
    })
  }
}
