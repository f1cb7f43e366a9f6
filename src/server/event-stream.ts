import type { ServerResponse } from 'node:http'

/** Bytes that may wait for a reader; who is further behind is cut off, and begins again where he was. */
const BEHIND = 1 << 20
/** Milliseconds between comments that keep proxies from closing a silent stream. */
const HEARTBEAT = 15_000
/** Milliseconds after which a client is to come back. */
const RETRY = 1_000

/** Server-sent events to one reader. Source: the HTML standard, section 9.2. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #beat: NodeJS.Timeout
  #open = true

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write(`retry: ${RETRY}\n\n`)
    this.#beat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT)
  }

  /** `id` is what the reader comes back with. */
  send(event: string, data: object, id?: string): void {
    const mark = id === undefined ? '' : `id: ${id}\n`
    this.#write(`${mark}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Tells the reader why, and ends. */
  end(reason: string): void {
    if (!this.#open) return
    this.#close()
    this.#response.end(`event: bye\ndata: ${JSON.stringify({ reason })}\n\n`)
  }

  /** Calls when the reader is gone, or was cut off. */
  onClose(closed: () => void): void {
    this.#response.once('close', () => {
      this.#close()
      closed()
    })
  }

  #write(text: string): void {
    if (!this.#open) return
    this.#response.write(text)
    if (this.#response.writableLength > BEHIND) this.#cut()
  }

  /** What waits for him is given up with the connection: nobody would read that he was cut off after it. */
  #cut(): void {
    this.#close()
    this.#response.destroy()
  }

  #close(): void {
    this.#open = false
    clearInterval(this.#beat)
  }
}
