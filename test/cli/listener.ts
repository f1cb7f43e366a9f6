import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'

const answer = (status: string, body = '') => `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const UNKNOWN = answer('404 Not Found')
/** A Nacos 2 that wants to know who asks. */
const WHO = answer('403 Forbidden', '{"status":403,"error":"Forbidden","message":"user not found!"}')

/** A server that somebody else has set up: it takes every connection and keeps all that is said to it. */
export class Listener implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #heard: Buffer[] = []
  connections = 0

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('data', (data) => this.#heard.push(data)).on('error', () => {})
      this.answer(socket)
    })
  }

  static async open(): Promise<Listener> {
    const listener = new Listener()
    listener.#server.listen(0, '127.0.0.1')
    await once(listener.#server, 'listening')
    return listener
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get heard(): string {
    return Buffer.concat(this.#heard).toString('latin1')
  }

  /** As much as it takes to be told more: clients of HTTP/2 wait for settings, and those of Nacos ask for its version. */
  private answer(socket: Socket): void {
    socket.on('data', (data) => {
      const text = data.toString('latin1')
      if (text.startsWith('PRI * HTTP/2')) socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
      if (text.startsWith('GET /nacos/v3/')) socket.write(UNKNOWN)
      if (text.startsWith('GET /nacos/v2/')) socket.write(WHO)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
