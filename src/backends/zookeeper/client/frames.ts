import { JuteError } from './jute.ts'

/** Servers send no larger frame: a larger length belongs to another protocol. */
const LARGEST = 256 << 20

/** Cuts a stream into frames, each after its length. */
export class Frames {
  #parts: Buffer[] = []
  #length = 0
  #wanted = 4

  /** The frames that are complete after this chunk. Throws `JuteError` for an impossible length. */
  add(part: Buffer): Buffer[] {
    this.#parts.push(part)
    this.#length += part.length
    if (this.#length < this.#wanted) return []
    const frames: Buffer[] = []
    const all = this.#parts.length === 1 ? part : Buffer.concat(this.#parts, this.#length)
    let at = 0
    this.#wanted = 4
    while (all.length - at >= 4) {
      const length = all.readInt32BE(at)
      if (length < 0 || length > LARGEST) throw new JuteError(`a frame of ${length} bytes`)
      if (all.length - at - 4 < length) {
        this.#wanted = 4 + length
        break
      }
      frames.push(all.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    this.#parts = at < all.length ? [all.subarray(at)] : []
    this.#length = all.length - at
    return frames
  }
}

/** The frame with its length before it. */
export function framed(body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(4 + body.length)
  frame.writeInt32BE(body.length)
  body.copy(frame, 4)
  return frame
}
