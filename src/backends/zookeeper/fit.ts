import { ConnectionLoss, isServerError, NoAnswer, only, type Session, setData } from './client/index.ts'

/** `jute.maxbuffer` of a server that was told nothing else: so much every server takes. */
export const USUAL = 0xfffff
/** Of a change of the root's data, beside its path and the data: ids, operation, lengths and version. */
const HEADER = 20
/** No node has this version, so that a change which wants it is refused whatever its size. */
const NO_VERSION = -2

/**
 * Whether servers take a request of so many bytes. They tell nobody what they take, and hang up when it is too much: so
 * something as large is sent that changes nothing, on a connection of its own.
 */
export class Fit {
  readonly #open: () => Session
  readonly #header: number
  #taken = USUAL
  #refused = Infinity

  constructor(chroot: string, open: () => Session) {
    this.#open = open
    this.#header = HEADER + Buffer.byteLength(chroot || '/')
  }

  /** Bytes of the largest request that is known to be taken. */
  get taken(): number {
    return this.#taken
  }

  async takes(bytes: number, signal?: AbortSignal): Promise<boolean> {
    if (bytes <= this.#taken) return true
    if (bytes >= this.#refused) return false
    const session = this.#open()
    try {
      // So that what comes of the next request is due to the request alone.
      await session.request(only(setData('/', new Uint8Array(), NO_VERSION)), signal).catch(refusal)
      await session.request(only(setData('/', new Uint8Array(bytes - this.#header), NO_VERSION)), signal).catch(refusal)
      this.#taken = bytes
      return true
    } catch (error) {
      if (!(error instanceof ConnectionLoss || error instanceof NoAnswer)) throw error
      this.#refused = bytes
      return false
    } finally {
      await session.leave()
    }
  }
}

/** An answer, whatever it says. */
function refusal(error: unknown): void {
  if (!isServerError(error)) throw error
}
