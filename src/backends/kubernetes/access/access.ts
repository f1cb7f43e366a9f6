import type { OutgoingHttpHeaders } from 'node:http'
import { readFile } from 'node:fs/promises'
import { RollcallError, messageOf } from '../../../model/errors.ts'

/** How an API server is reached, and with which login. */
export interface Access {
  readonly server: URL
  /** Where nothing else names one. */
  readonly namespace: string
  /** The authorities that the server's certificate is trusted for, as PEM; the system's where it is left out. */
  readonly authorities: Buffer | undefined
  readonly verify: boolean
  readonly serverName: string | undefined
  readonly proxy: URL | undefined
  /** Sent with every request: impersonation. */
  readonly headers: OutgoingHttpHeaders
  readonly credentials: Credentials
}

/** The user of the requests. */
export interface Credentials {
  /** What is valid now: tokens are renewed. `refused`: the server did not accept what it answered last. */
  login(refused?: boolean): Promise<ClusterLogin>
}

/** Certificate and key as PEM. */
export interface ClusterLogin {
  readonly token?: string
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
}

/** Milliseconds after which a token file is read again: tokens are replaced while a process runs. */
const FRESH = 60_000

/** Credentials that do not change. */
export function fixed(login: ClusterLogin): Credentials {
  return { login: () => Promise.resolve(login) }
}

/** A token in a file, read again each minute, and when it was refused. `login` throws `config` where it cannot be read. */
export function tokenIn(path: string, rest: ClusterLogin = {}): Credentials {
  let known: { readonly token: string; readonly at: number } | undefined
  return {
    async login(refused) {
      const now = performance.now()
      if (!known || refused || now - known.at > FRESH) known = { token: await read(path), at: now }
      return { ...rest, token: known.token }
    },
  }
}

async function read(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new RollcallError('config', `kubernetes: the token cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
