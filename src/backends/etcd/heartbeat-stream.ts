import type { SentTogether } from './heartbeat-batch.ts'
import { type FramedHeartbeats, HeartbeatAnswer, SentHeartbeats, framedHeartbeats } from './sent-heartbeats.ts'
import type { OpenedStream, StreamReceiver } from './transport.ts'

/** Opens a stream for the heartbeats of any number of leases. */
export type OpenStream = (token: string | undefined, receiver: StreamReceiver) => Promise<OpenedStream>

export interface SendOptions {
  readonly token: string | undefined
  /** Milliseconds within which the answers must come. `late` creates the error for one that does not. */
  readonly timeout: number
  readonly late: () => Error
}

/**
 * Sends the heartbeats of all leases over one stream, which is opened for the first ones and again after a failure. A stream for
 * each heartbeat would cost server and client several times as much as the heartbeat itself.
 */
export class HeartbeatStream implements Disposable {
  readonly #open: OpenStream
  #current: { readonly token: string | undefined; readonly line: Promise<Line> } | undefined

  constructor(open: OpenStream) {
    this.#open = open
  }

  /** Resolves once nobody waits for an answer any more; rejects when the stream fails before. */
  async send(batch: SentTogether, { token, timeout, late }: SendOptions): Promise<void> {
    const end = performance.now() + timeout
    const line = await this.#line(token)
    const timer = setTimeout(() => line.end(late()), end - performance.now())
    try {
      await line.send(batch)
    } finally {
      clearTimeout(timer)
    }
  }

  /** The open stream, or a new one for a new token, since the server checks the token only when a stream is opened. */
  #line(token: string | undefined): Promise<Line> {
    if (this.#current?.token === token && this.#current) return this.#current.line
    const forget = (): void => {
      if (this.#current === current) this.#current = undefined
    }
    const line = new Line(forget)
    const current = { token, line: line.open((receiver) => this.#open(token, receiver)) }
    current.line.catch(forget)
    this.#current = current
    return current.line
  }

  [Symbol.dispose](): void {
    this.#current?.line.then(
      (line) => line.end(new Error('the registry was closed')),
      () => {},
    )
  }
}

/** One stream and the batches that wait for its answers. */
class Line {
  readonly #over: () => void
  /** In order. etcd answers the heartbeats of one lease in order. */
  #waiting: SentHeartbeats[] = []
  readonly #failing = new Set<(error: unknown) => void>()
  #stream: OpenedStream | undefined
  /** The latest heartbeats: most often the next ones are for the same leases. */
  #latest: FramedHeartbeats | undefined
  readonly #answer = new HeartbeatAnswer()

  /** `over` is called once the stream has ended. */
  constructor(over: () => void) {
    this.#over = over
  }

  async open(openStream: (receiver: StreamReceiver) => Promise<OpenedStream>): Promise<this> {
    this.#stream = await openStream({
      message: (bytes, from, to) => this.#take(this.#answer.read(bytes, from, to)),
      end: (failure) => this.end(failure ?? new Error('the server ended the stream')),
    })
    return this
  }

  send(batch: SentTogether): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failing.add(reject)
      const succeed = (): void => {
        this.#failing.delete(reject)
        resolve()
      }
      void batch.over.then(succeed)
      const attempt = batch.attempt()
      const bytes = this.#framed(attempt.leases)
      if (attempt.leases.length > 0) this.#waiting.push(new SentHeartbeats(attempt, bytes))
      this.#stream?.writeFramed(bytes)
    })
  }

  #framed(leases: readonly string[]): Buffer {
    const latest = this.#latest
    if (latest?.leases.length === leases.length && leases.every((lease, at) => lease === latest.leases[at]))
      return latest.bytes
    this.#latest = framedHeartbeats(leases)
    return this.#latest.bytes
  }

  #take(answer: HeartbeatAnswer): void {
    const sent = this.#waiting.find((each) => each.take(answer))
    if (sent?.areAnswered) this.#waiting = this.#waiting.filter((each) => each !== sent)
  }

  end(error: unknown): void {
    const failing = [...this.#failing]
    this.#failing.clear()
    this.#waiting = []
    this.#over()
    this.#stream?.cancel()
    for (const fail of failing) fail(error)
  }
}
