import { setImmediate as others } from 'node:timers/promises'
import type { Output } from '../io.ts'

const CHUNK = 64 * 1024
/** Bytes cost so little to add that each write counts. */
const BYTES = 4 * CHUNK

/** Collects what is written, small texts and bytes, into large writes. */
export class Chunks {
  /** Of the buffer that `room` returns: how many bytes are to be written. Whoever puts bytes behind them adds theirs. */
  filled = 0
  private buffer = Buffer.alloc(0)
  /** Follows the bytes. */
  private text = ''
  private readonly output: Output
  private readonly signal: AbortSignal | undefined

  /** Once the signal has aborted, nothing more is written: a reader that has stopped reading would be waited for. */
  constructor(output: Output, signal?: AbortSignal) {
    this.output = output
    this.signal = signal
  }

  /** Holds a text back until it is drained or flushed. */
  add(text: string): void {
    this.text += text
  }

  /** Whether so many bytes fit, or nothing is held back; otherwise `flush` comes before `room`. */
  fits(length: number): boolean {
    return this.filled + this.text.length + length <= BYTES || this.filled + this.text.length === 0
  }

  /** A buffer in which so many bytes are free behind those that are filled. */
  room(length: number): Buffer {
    if (this.text !== '') this.put(Buffer.from(this.text))
    this.reserve(length)
    return this.buffer
  }

  /** Writes what is held back if there is much of it, and waits until the reader has taken it. @throws the signal's reason */
  async drain(): Promise<void> {
    if (this.filled >= BYTES || this.text.length >= CHUNK) await this.flush()
  }

  /** Writes all that is held back. @throws the signal's reason */
  async flush(): Promise<void> {
    this.signal?.throwIfAborted()
    const { text, filled } = this
    if (filled === 0 && text === '') return
    this.filled = 0
    this.text = ''
    if (filled > 0) await this.writeBytes(this.buffer.subarray(0, filled))
    if (text !== '') await this.output.write(text)
    // Writing to a file never yields to other work: let a signal be handled.
    await others()
  }

  private async writeBytes(bytes: Buffer): Promise<void> {
    if (this.output.writeBytes) await this.output.writeBytes(bytes)
    else await this.output.write(bytes.toString())
  }

  private put(bytes: Buffer): void {
    this.text = ''
    this.reserve(bytes.length)
    this.filled += bytes.copy(this.buffer, this.filled)
  }

  private reserve(length: number): void {
    if (this.filled + length <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.filled + length, BYTES))
    this.buffer.copy(larger, 0, 0, this.filled)
    this.buffer = larger
  }
}
