import { stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { Tokens } from './authenticate.ts'
import type { Identity } from './identity.ts'
import { type StoredToken, ownerOf, readTokens } from './tokens.ts'

/** Milliseconds for which a file is taken to be what it was, and between two looks while an answer goes on. */
const FRESH = 400

/** An answer that is under way, and for whom. */
interface Follower {
  readonly identity: Identity
  readonly withdrawn: () => void
}

/** The tokens of a file while a server runs: what is changed there counts within a second, for answers under way as well. */
export class TokenFile implements Tokens {
  readonly path: string
  readonly #logger: Logger
  readonly #followers = new Set<Follower>()
  #tokens: readonly StoredToken[] = []
  #mark = ''
  #looked = -Infinity
  #looking: NodeJS.Timeout | undefined

  private constructor(path: string, logger: Logger) {
    this.path = path
    this.#logger = logger
  }

  /** @throws RollcallError `config` for a file that cannot be used. */
  static async open(path: string, logger: Logger): Promise<TokenFile> {
    const file = new TokenFile(path, logger)
    file.#tokens = await readTokens(path)
    return file
  }

  get isEmpty(): boolean {
    return this.#tokens.length === 0
  }

  async identify(token: string): Promise<Identity | undefined> {
    if (performance.now() - this.#looked > FRESH) await this.#look()
    return ownerOf(this.#tokens, token)
  }

  onWithdrawn(identity: Identity, withdrawn: () => void): () => void {
    const follower = { identity, withdrawn }
    this.#followers.add(follower)
    this.#looking ??= setInterval(() => void this.#look(), FRESH).unref()
    this.#tell(follower)
    return () => this.#leave(follower)
  }

  #tell(follower: Follower): void {
    if (this.#tokens.some((token) => isDeepStrictEqual(token, follower.identity))) return
    this.#leave(follower)
    follower.withdrawn()
  }

  #leave(follower: Follower): void {
    this.#followers.delete(follower)
    if (this.#followers.size > 0) return
    clearInterval(this.#looking)
    this.#looking = undefined
  }

  /** A file that has become unreadable leaves the tokens as they were; one that is gone holds none. */
  async #look(): Promise<void> {
    this.#looked = performance.now()
    try {
      const mark = await markOf(this.path)
      if (mark === this.#mark) return
      this.#tokens = await readTokens(this.path)
      this.#mark = mark
      for (const follower of this.#followers) this.#tell(follower)
    } catch (error) {
      this.#logger.warn(`the tokens stay as they were: ${messageOf(error)}`)
    }
  }
}

/** Another where the file is another, or was changed. */
async function markOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'gone'
    throw error
  }
}
