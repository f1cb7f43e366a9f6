import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'

/** A port on 127.0.0.1 that passes everything on to another, until it is cut. */
export class Relay implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #mode: 'pass' | 'refuse' | 'swallow' = 'pass'
  #bytes = 0
  #due: { readonly at: number; readonly act: () => void } | undefined

  private constructor(target: number) {
    this.#server = createServer((client) => this.#accept(client, target))
  }

  static async to(target: number): Promise<Relay> {
    const relay = new Relay(target)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get endpoint(): string {
    const address = this.#server.address()
    return `127.0.0.1:${isPlace(address) ? address.port : 0}`
  }

  /** Ends all connections, and each new one at once. */
  cut(): void {
    this.#mode = 'refuse'
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Takes connections and never answers: a black hole. */
  swallow(): void {
    this.#mode = 'swallow'
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#mode = 'pass'
    for (const socket of this.#sockets) socket.destroy()
  }

  /** How many have come from either side so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Calls back, once, when so many bytes more have come from either side. */
  onceAfter(bytes: number, act: () => void): void {
    this.#due = { at: this.#bytes + bytes, act }
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    if (!this.#due || this.#bytes < this.#due.at) return
    const { act } = this.#due
    this.#due = undefined
    act()
  }

  #accept(client: Socket, target: number): void {
    this.#keep(client)
    if (this.#mode === 'refuse') client.destroy()
    if (this.#mode === 'swallow') client.resume()
    if (this.#mode !== 'pass') return
    const server = this.#keep(connect(target, '127.0.0.1'))
    for (const socket of [client, server]) socket.on('data', ({ length }: Buffer) => this.#count(length))
    client.pipe(server).pipe(client)
    client.once('close', () => server.destroy())
    server.once('close', () => client.destroy())
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => {}) // the other end is gone: 'close' follows
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function isPlace(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
