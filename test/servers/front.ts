import { once } from 'node:events'
import { type RequestOptions, type Server, createServer, request } from 'node:http'

/** An HTTP server before a real one. It notes what is asked for, and may know only some of its paths, as an older one does. */
export class Front implements AsyncDisposable {
  /** `METHOD /path`, in order. */
  readonly paths: string[] = []
  readonly #server: Server

  private constructor(target: string, knows: (path: string) => boolean) {
    const [host, port] = target.split(':')
    this.#server = createServer((asked, answer) => {
      const { method, url = '', headers } = asked
      this.paths.push(`${method} ${url.split('?')[0]}`)
      if (!knows(url)) {
        asked.resume()
        answer.writeHead(404, { 'content-type': 'application/json' })
        answer.end(JSON.stringify({ status: 404, error: 'Not Found', message: 'No message available' }))
        return
      }
      const options: RequestOptions = { host, port, method, path: url, headers, agent: false }
      const passedOn = request(options, (answered) => {
        answer.writeHead(answered.statusCode ?? 500, answered.headers)
        answered.pipe(answer)
      })
      passedOn.on('error', () => answer.destroy())
      asked.pipe(passedOn)
    })
  }

  static async before(target: string, knows: (path: string) => boolean = () => true): Promise<Front> {
    const front = new Front(target, knows)
    front.#server.listen(0, '127.0.0.1')
    await once(front.#server, 'listening')
    return front
  }

  get endpoint(): string {
    const address = this.#server.address()
    return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
