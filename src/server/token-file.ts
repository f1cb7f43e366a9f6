import { stat } from 'node:fs/promises'
import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { Identity } from './identity.ts'
import { type StoredToken, ownerOf, readTokens } from './tokens.ts'

/** Milliseconds for which a file is taken to be what it was. */
const FRESH = 1_000

/** The tokens of a file while a server runs: one that is added or removed counts from about a second later. */
export class TokenFile {
  readonly path: string
  readonly #logger: Logger
  #tokens: readonly StoredToken[] = []
  #mark = ''
  #looked = -Infinity

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

  /** A file that has become unreadable leaves the tokens as they were. */
  async #look(): Promise<void> {
    this.#looked = performance.now()
    try {
      const { mtimeMs, size, ino } = await stat(this.path)
      const mark = `${mtimeMs} ${size} ${ino}`
      if (mark === this.#mark) return
      this.#tokens = await readTokens(this.path)
      this.#mark = mark
    } catch (error) {
      this.#logger.warn(`the tokens stay as they were: ${messageOf(error)}`)
    }
  }
}
