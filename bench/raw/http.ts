import { type IncomingMessage, Agent as HttpAgent, request as plain } from 'node:http'
import { Agent as HttpsAgent, request as secure } from 'node:https'
import { together } from './together.ts'

const ABREAST = 16

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends requests to one server over connections that stay open; trusts every answer. */
export class RawHttp {
  readonly #base: string
  readonly #agent: HttpAgent | HttpsAgent
  readonly #request: typeof plain

  /** `ca`: the authority of a server with TLS, PEM. */
  constructor(base: string, ca?: Buffer) {
    const options = { keepAlive: true, maxSockets: ABREAST }
    this.#base = base
    this.#agent = ca === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ca })
    this.#request = ca === undefined ? plain : secure
  }

  ask<T>(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent }
      const sent = this.#request(`${this.#base}${path}`, options, (answer: IncomingMessage) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.once('end', () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text) as T)
          else reject(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 500)}`))
        })
      })
      sent.once('error', reject).end(body)
    })
  }

  /** Works through items, so many at once as there are connections. */
  each<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
    return together(items, ABREAST, work)
  }

  close(): void {
    this.#agent.destroy()
  }
}
