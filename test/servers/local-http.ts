import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server of a test's own, on a free port of 127.0.0.1. */
export abstract class LocalHttp implements AsyncDisposable {
  readonly #server: Server

  protected constructor() {
    this.#server = createServer((request, response) => void this.serve(request, response))
  }

  protected abstract serve(request: IncomingMessage, response: ServerResponse): void | Promise<void>

  protected async listening(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
