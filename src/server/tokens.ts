import { stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { messageOf, RollcallError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import { type Tokens, type Identity, ROLES, type Role } from './authenticate.ts'
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { readOwnFile } from '../config/read-file.ts'
import { configFolder } from '../config/user-folders.ts'
import { changeFile } from '../config/write-file.ts'

/** A token as its file holds it: whose it is and what it is for, never the token itself. */
export interface StoredToken extends Identity {
  /** SHA-256 of the token, hexadecimal. A token is random and long, so a plain hash cannot be guessed back. */
  readonly sha256: string
  /** RFC 3339. */
  readonly created: string
}

/** Where tokens lie unless another file is named: beside the user's contexts. */
export function usualTokenFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(configFolder(env), 'tokens.json')
}

/** @throws RollcallError `config` for a file that cannot be used, or that others could have written. One that is not there has no tokens. */
export async function readTokens(path: string): Promise<readonly StoredToken[]> {
  const text = await readOwnFile(path)
  if (text === undefined) return []
  const tokens = parsed(text)?.tokens
  if (Array.isArray(tokens) && tokens.every(isToken)) return tokens
  throw new RollcallError('config', `${path} is not a valid token file`, { hint: 'rollcall token add makes one' })
}

/** Makes a token and stores its hash; returns the token, which cannot be read again. */
export async function addToken(path: string, identity: Identity, now: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const stored = { ...identity, sha256: hashOf(token).toString('hex'), created: new Date(now).toISOString() }
  await changeTokens(path, (tokens) => {
    if (!tokens.some(({ name }) => name === identity.name)) return [...tokens, stored]
    throw new RollcallError('conflict', `the token "${identity.name}" already exists in ${path}`, {
      hint: `rollcall token rm ${identity.name} removes it`,
    })
  })
  return token
}

/** @throws RollcallError `not-found` */
export async function removeToken(path: string, name: string): Promise<void> {
  await changeTokens(path, (tokens) => {
    const others = tokens.filter((token) => token.name !== name)
    if (others.length < tokens.length) return others
    throw new RollcallError('not-found', `there is no token "${name}" in ${path}`, {
      hint: 'rollcall token ls shows them',
    })
  })
}

/** Of processes that change them at the same time, each sees what the one before it has written. */
async function changeTokens(
  path: string,
  change: (tokens: readonly StoredToken[]) => readonly StoredToken[],
): Promise<void> {
  await changeFile(path, async () => `${JSON.stringify({ tokens: change(await readTokens(path)) }, undefined, 2)}\n`)
}

/** Whose token it is. Every hash is compared whole, so that the time it takes tells nothing. */
export function ownerOf(tokens: readonly StoredToken[], token: string): StoredToken | undefined {
  const hash = hashOf(token)
  let owner: StoredToken | undefined
  for (const stored of tokens) if (timingSafeEqual(Buffer.from(stored.sha256, 'hex'), hash)) owner = stored
  return owner
}

/** @throws RollcallError `usage` */
export function roleFrom(word: string): Role {
  const role = ROLES.find((each) => each === word)
  if (role) return role
  throw new RollcallError('usage', `there is no role "${word}"`, { hint: `one of ${ROLES.join(', ')}` })
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function parsed(text: string): { readonly tokens?: unknown } | undefined {
  try {
    return JSON.parse(text) as { tokens?: unknown }
  } catch {
    return undefined
  }
}

function isToken(value: unknown): value is StoredToken {
  const { name, role, services, sha256 } = (value ?? {}) as Partial<StoredToken>
  return (
    typeof name === 'string' &&
    ROLES.some((each) => each === role) &&
    Array.isArray(services) &&
    services.every((service) => typeof service === 'string') &&
    /^[0-9a-f]{64}$/.test(sha256 ?? '')
  )
}

/** Milliseconds for which a file is taken to be what it was, and between two looks while an answer goes on. */
const FRESH = 400

/** A response that is under way, and the identity it is for. */
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
  /**
   * Whose tokens have come with a request, by the token, until the file changes: hashing one takes as long as an answer that is
   * ready. Only right tokens are here. A wrong one is looked for by a hash that is seeded anew in each process, so that the
   * time it takes tells nothing, and is then compared as any other.
   */
  readonly #met = new Map<string, StoredToken>()
  #mark = ''
  #looked = -Infinity
  /** The look that is under way: requests that come meanwhile wait for it, or one would count that was removed long ago. */
  #look: Promise<void> | undefined
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

  identify(token: string): Identity | undefined | Promise<Identity | undefined> {
    if (!this.#look && performance.now() - this.#looked <= FRESH) return this.#ownerOf(token)
    return this.#lookNow().then(() => this.#ownerOf(token))
  }

  #ownerOf(token: string): Identity | undefined {
    const met = this.#met.get(token)
    if (met) return met
    const owner = ownerOf(this.#tokens, token)
    if (owner) this.#met.set(token, owner)
    return owner
  }

  onWithdrawn(identity: Identity, withdrawn: () => void): () => void {
    const follower = { identity, withdrawn }
    this.#followers.add(follower)
    this.#looking ??= setInterval(() => this.#lookAgain(), FRESH).unref()
    this.#withdrawIfChanged(follower)
    return () => this.#followers.delete(follower)
  }

  #withdrawIfChanged(follower: Follower): void {
    const { identity } = follower
    if (this.#tokens.some((token) => token === identity || isDeepStrictEqual(token, identity))) return
    this.#followers.delete(follower)
    follower.withdrawn()
  }

  /** Until a look comes while no answer is under way. */
  #lookAgain(): void {
    if (this.#followers.size > 0) return void this.#lookNow()
    clearInterval(this.#looking)
    this.#looking = undefined
  }

  #lookNow(): Promise<void> {
    this.#look ??= this.#readIfChanged().finally(() => (this.#look = undefined))
    return this.#look
  }

  /** A file that has become unreadable leaves the tokens as they were; one that is gone holds none. */
  async #readIfChanged(): Promise<void> {
    this.#looked = performance.now()
    try {
      const mark = await markOf(this.path)
      if (mark === this.#mark) return
      this.#tokens = await readTokens(this.path)
      this.#met.clear()
      this.#mark = mark
      for (const follower of this.#followers) this.#withdrawIfChanged(follower)
    } catch (error) {
      this.#logger.warn(`keeping the current tokens: ${messageOf(error)}`)
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
