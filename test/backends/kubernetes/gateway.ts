import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'

/** `lose`: the API server gets the request, and its answer goes nowhere. `swallow`: the request gets nowhere. */
export type Passage = 'pass' | 'lose' | 'swallow' | 'cut'

/** Stands before an API server, without TLS, and does as it is told with each request. */
export class Gateway implements AsyncDisposable {
  /** `call`: the method and the last part of the path, such as `PATCH web-1`. */
  passageOf: (call: string) => Passage | Promise<Passage> = () => 'pass'
  /** All calls so far, in the order in which they came. */
  readonly calls: string[] = []
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  readonly #server = createServer((asked, answer) => void this.#accept(asked, answer))
  readonly #port: number
  #waiting: (() => void)[] = []

  private constructor(port: number) {
    this.#port = port
  }

  /** `port`: of the API server, on 127.0.0.1. */
  static async to(port: number): Promise<Gateway> {
    const gateway = new Gateway(port)
    gateway.#server.listen(0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when it is decided what becomes of the next call. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async #accept(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = asked
    const call = `${method} ${url.replace(/\?.*/, '').split('/').at(-1)}`
    this.calls.push(call)
    const passage = await this.passageOf(call)
    for (const resolve of this.#waiting.splice(0)) resolve()
    if (passage === 'cut') asked.socket.destroy()
    if (passage === 'swallow') asked.resume()
    if (passage === 'cut' || passage === 'swallow') return
    const place = { host: '127.0.0.1', port: this.#port, agent: this.#agent }
    const sent = request({ ...place, method, path: url, headers }, (answered) => {
      if (passage === 'lose') {
        answered.resume()
        return
      }
      answer.writeHead(answered.statusCode ?? 0, answered.headers)
      answered.pipe(answer)
    })
    sent.once('error', () => asked.socket.destroy())
    asked.pipe(sent)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    this.#agent.destroy()
    await once(this.#server, 'close')
  }
}
