import type { Socket } from 'node:net'
import { ServerError, Xid } from './codes.ts'
import { ConnectionLoss, NeverSent, NoZooKeeper, TooLarge } from './failures.ts'
import { Frames, framed } from './frames.ts'
import { type Greeting, type Welcome, readWelcome, writeGreeting } from './handshake.ts'
import { JuteError, JuteReader, JuteWriter } from './jute.ts'
import { type SocketTls, openSocket } from './place.ts'
import type { Request } from './requests.ts'

export interface Reply<T> {
  readonly answer: T
  /** The latest transaction that the server had seen; for a change, the change itself. */
  readonly zxid: bigint
}

export interface ConnectionOptions {
  /** `host:port`. */
  readonly endpoint: string
  readonly tls: SocketTls | undefined
  readonly chroot: string
  /** Milliseconds for connecting and the handshake. */
  readonly patience: number
  /** Bytes of the largest request that can be sent. */
  readonly largest?: (() => number) | undefined
  /** Ends the connection. */
  readonly signal: AbortSignal
  /** Called when a watch reports that a node was created, changed or removed. */
  readonly onEvent: (path: string) => void
}

interface Pending {
  readonly xid: number
  readonly request: Request<unknown>
  resolve(reply: Reply<unknown>): void
  reject(error: Error): void
}

/** One connection to one server. Any error ends it for good. */
export class Connection {
  readonly endpoint: string
  /** Resolves when the connection has ended. */
  readonly ended: Promise<ConnectionLoss>
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #frames = new Frames()
  readonly #pending: Pending[] = []
  #welcomed: ((welcome: Welcome) => void) | undefined
  #end: (loss: ConnectionLoss) => void = () => {}
  readonly #stop = (): void => this.lose('it was closed here')
  #loss: ConnectionLoss | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #deadline: NodeJS.Timeout
  #xid = 0
  #corked = false
  /** The time of the server's last message, by `performance.now()`. */
  heardAt = 0

  private constructor(options: ConnectionOptions, greeting: Greeting) {
    this.endpoint = options.endpoint
    this.#options = options
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#socket = openSocket(options.endpoint, options.tls, () => this.#send(writeGreeting(greeting)))
    this.#socket.on('data', (part: Buffer) => this.#receive(part))
    this.#socket.on('error', (error) => this.lose(error.message, error))
    this.#socket.on('close', () => this.lose('it closed the connection'))
    const late = (): void => this.lose(`no answer in ${inSeconds(options.patience)}`)
    this.#deadline = setTimeout(late, options.patience)
    options.signal.addEventListener('abort', this.#stop, { once: true })
    if (options.signal.aborted) this.#stop()
  }

  /** Connects and does the handshake. Rejects with a ConnectionLoss. */
  static async open(
    options: ConnectionOptions,
    greeting: Greeting,
  ): Promise<{ connection: Connection; welcome: Welcome }> {
    const connection = new Connection(options, greeting)
    const welcome = new Promise<Welcome>((resolve) => {
      connection.#welcomed = resolve
    })
    const first = await Promise.race([welcome, connection.ended])
    if (first instanceof ConnectionLoss) throw first
    return { connection, welcome: first }
  }

  /** Sends three heartbeats per session timeout, and ends the connection after two thirds of it without an answer. */
  keepAlive(timeout: number): void {
    const patience = (timeout * 2) / 3
    const beat = (): void => {
      if (performance.now() - this.heardAt > patience) this.lose(`it was silent for ${inSeconds(patience)}`)
      else this.#send(new JuteWriter().int(Xid.ping).int(11).done())
    }
    this.#heartbeat = setInterval(beat, timeout / 3)
  }

  /**
   * Rejects with a ServerError, a ConnectionLoss, or TooLarge. `xid`: for special requests, whose answers are not in
   * order.
   */
  send<T>(request: Request<T>, xid = ++this.#xid): Promise<Reply<T>> {
    return new Promise<Reply<T>>((resolve, reject) => {
      if (this.#loss) return reject(new NeverSent(this.endpoint, this.#loss.message, this.#loss.cause))
      const writer = new JuteWriter().int(xid).int(request.op)
      request.write(writer, (path) => this.#options.chroot + (path === '/' && this.#options.chroot ? '' : path))
      const body = writer.done()
      if (body.length > (this.#options.largest?.() ?? Infinity)) return reject(new TooLarge(body.length))
      const answered = resolve as (reply: Reply<unknown>) => void
      this.#pending.push({ xid, request, resolve: answered, reject })
      this.#send(body)
    })
  }

  /** Ends the connection; the first reason is kept. */
  lose(reason: string | ConnectionLoss, cause?: unknown): void {
    if (this.#loss) return
    this.#loss = typeof reason === 'string' ? new ConnectionLoss(this.endpoint, reason, cause) : reason
    clearTimeout(this.#deadline)
    clearInterval(this.#heartbeat)
    this.#options.signal.removeEventListener('abort', this.#stop)
    this.#socket.destroy()
    for (const pending of this.#pending.splice(0)) pending.reject(this.#loss)
    this.#end(this.#loss)
  }

  /** Sends everything of one turn of the event loop together. */
  #send(body: Buffer): void {
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(framed(body))
  }

  #receive(part: Buffer): void {
    this.heardAt = performance.now()
    try {
      for (const frame of this.#frames.add(part)) {
        if (this.#loss) return
        this.#take(new JuteReader(frame))
      }
    } catch (error) {
      if (!(error instanceof JuteError)) throw error
      this.lose(new NoZooKeeper(this.endpoint, `it does not speak ZooKeeper's protocol: ${error.message}`, error))
    }
  }

  #take(reader: JuteReader): void {
    const welcomed = this.#welcomed
    if (welcomed) {
      this.#welcomed = undefined
      clearTimeout(this.#deadline)
      return welcomed(readWelcome(reader))
    }
    const [xid, zxid, code] = [reader.int(), reader.long(), reader.int()]
    if (xid === Xid.event) this.#takeEvent(reader)
    else if (xid !== Xid.ping) this.#takeAnswer(xid, zxid, code, reader)
  }

  #takeEvent(reader: JuteReader): void {
    reader.int() // the kind of event: the node is read in any case
    reader.int() // the state of the session
    const path = reader.text()
    const { chroot } = this.#options
    if (path === chroot) this.#options.onEvent('/')
    else if (path.startsWith(`${chroot}/`)) this.#options.onEvent(path.slice(chroot.length))
  }

  #takeAnswer(xid: number, zxid: bigint, code: number, reader: JuteReader): void {
    const pending = this.#pending.shift()
    if (pending?.xid !== xid) throw new JuteError(`answer ${xid} came instead of ${pending?.xid ?? 'none'}`)
    if (code !== 0) return pending.reject(new ServerError(code, pending.request.path))
    try {
      pending.resolve({ answer: pending.request.read(reader), zxid })
    } catch (error) {
      pending.reject(error instanceof ServerError ? error : new ConnectionLoss(this.endpoint, String(error), error))
      if (!(error instanceof ServerError)) throw error
    }
  }
}

/** Milliseconds as text: `5s`, `1.3s`. */
function inSeconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10}s`
}
