import { type IncomingMessage, type RequestOptions, type ServerResponse, request } from 'node:http'
import { LocalHttp } from './local-http.ts'

/** An HTTP server before a real one. It notes what is asked for, and may know only some of its paths, as an older one does. */
export class Front extends LocalHttp {
  /** `METHOD /path`, in order. */
  readonly paths: string[] = []
  readonly #target: string
  readonly #knows: (path: string) => boolean

  protected constructor(target: string, knows: (path: string) => boolean = () => true) {
    super()
    this.#target = target
    this.#knows = knows
  }

  static async before(target: string, knows: (path: string) => boolean = () => true): Promise<Front> {
    return await new Front(target, knows).listening()
  }

  protected serve(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url = '', headers } = asked
    this.paths.push(`${method} ${url.split('?')[0]}`)
    if (!this.#knows(url)) {
      asked.resume()
      answer.writeHead(404, { 'content-type': 'application/json' })
      answer.end(JSON.stringify({ status: 404, error: 'Not Found', message: 'No message available' }))
      return
    }
    const [host, port] = this.#target.split(':')
    const options: RequestOptions = { host, port, method, path: url, headers, agent: false }
    const passedOn = request(options, (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    passedOn.on('error', () => answer.destroy())
    asked.pipe(passedOn)
  }
}
