import type { ServerResponse } from 'node:http'

/** Bytes that may wait for a reader; a reader that is further behind is cut off, and can resume where it was. */
const BEHIND = 1 << 20
/** Characters of many events that are written together. */
const CHUNK = 1 << 15
/** Milliseconds between comments that keep proxies from closing a silent stream. */
const HEARTBEAT = 15_000
/** Milliseconds after which a client should reconnect. */
const RETRY = 1_000

/** `id` is the position from which a reader resumes. */
export interface StreamEvent {
  readonly event: string
  readonly data: object
  readonly id?: string | undefined
}

/** Server-sent events to one reader. Source: the HTML standard, section 9.2. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #beat: NodeJS.Timeout
  #open = true
  /** What has to wait until `sendAll` is done. */
  #held: string[] | undefined
  #heldLength = 0

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

  send(event: string, data: object, id?: string): void {
    this.#write(textOf({ event, data, id }))
  }

  /** Sends many, no faster than they are read; what is sent meanwhile follows them. */
  async sendAll(events: Iterable<StreamEvent>): Promise<void> {
    this.#held = []
    let chunk = ''
    for (const event of events) {
      chunk += textOf(event)
      if (chunk.length < CHUNK) continue
      if (!this.#open) return
      this.#response.write(chunk)
      chunk = ''
      if (this.#response.writableLength > BEHIND / 4) await this.#drained()
    }
    const held = chunk + this.#held.join('')
    this.#held = undefined
    this.#write(held)
  }

  /** Sends the reader the reason, and ends. */
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
    if (this.#held) {
      this.#held.push(text)
      this.#heldLength += text.length
    } else this.#response.write(text)
    if (this.#response.writableLength + this.#heldLength > BEHIND) this.#cut()
    if (!this.#held) this.#heldLength = 0
  }

  /** When all that was written has been read, or will never be. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#response.off('drain', done).off('close', done)
        resolve()
      }
      this.#response.on('drain', done).on('close', done)
    })
  }

  /** The waiting events are dropped with the connection: a message about the cut after them would never be read. */
  #cut(): void {
    this.#close()
    this.#response.destroy()
  }

  #close(): void {
    this.#open = false
    clearInterval(this.#beat)
  }
}

function textOf({ event, data, id }: StreamEvent): string {
  const mark = id === undefined ? '' : `id: ${id}\n`
  return `${mark}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
