import { unlessAborted } from '../../model/signals.ts'
import { leaseFrom } from './calls.ts'
import type { LeaseAnswer } from './wire.ts'
import type { OpenedStream, StreamReceiver } from './transport.ts'
import { encodeLease } from './wire-requests.ts'

/** Opens a stream for the heartbeats of any number of leases. */
export type OpenStream = (token: string | undefined, receiver: StreamReceiver<LeaseAnswer>) => Promise<OpenedStream>

export interface BeatOptions {
  readonly token: string | undefined
  readonly signal: AbortSignal | undefined
  /** Milliseconds within which the answer must come. `late` creates the error for one that does not. */
  readonly timeout: number
  readonly late: () => Error
}

/**
 * Sends the heartbeats of all leases over one stream, which is opened for the first one and again after a failure. A stream for
 * each heartbeat would cost server and client several times as much as the heartbeat itself.
 */
export class Heartbeats implements Disposable {
  readonly #open: OpenStream
  #current: { readonly token: string | undefined; readonly line: Promise<Line> } | undefined

  constructor(open: OpenStream) {
    this.#open = open
  }

  /**
   * Renews a lease by its decimal id. Resolves with the seconds it lasts from now on, 0 when it is gone; rejects when the
   * stream fails.
   */
  async beat(id: string, { token, signal, timeout, late }: BeatOptions): Promise<number> {
    const end = performance.now() + timeout
    const line = await this.#line(token)
    const timer = setTimeout(() => line.end(late()), end - performance.now())
    try {
      return await unlessAborted(line.send(id), signal)
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

interface Waiting {
  readonly answer: (ttl: number) => void
  readonly fail: (error: unknown) => void
}

/** One stream and the heartbeats that wait for its answers. */
class Line {
  readonly #over: () => void
  /** By hexadecimal id of the lease. etcd answers the heartbeats of one lease in order. */
  readonly #waiting = new Map<string, Waiting[]>()
  #stream: OpenedStream | undefined

  /** `over` is called once the stream has ended. */
  constructor(over: () => void) {
    this.#over = over
  }

  async open(openStream: (receiver: StreamReceiver<LeaseAnswer>) => Promise<OpenedStream>): Promise<this> {
    this.#stream = await openStream({
      message: ({ lease, ttl }) => this.#waiting.get(lease)?.shift()?.answer(ttl),
      end: (failure) => this.end(failure ?? new Error('the server ended the stream')),
    })
    return this
  }

  send(id: string): Promise<number> {
    return new Promise((answer, fail) => {
      const lease = leaseFrom(id)
      const waiting = this.#waiting.get(lease) ?? []
      this.#waiting.set(lease, waiting)
      waiting.push({ answer, fail })
      this.#stream?.write(encodeLease({ ID: id }))
    })
  }

  end(error: unknown): void {
    const all = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    this.#over()
    this.#stream?.cancel()
    for (const { fail } of all) fail(error)
  }
}
