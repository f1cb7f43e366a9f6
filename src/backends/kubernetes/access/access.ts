import type { OutgoingHttpHeaders } from 'node:http'

/** How an API server is reached, and as whom. */
export interface Access {
  readonly server: URL
  /** Where nothing else names one. */
  readonly namespace: string
  /** Whom the server is trusted for; the system's authorities where it is left out. PEM. */
  readonly authorities: Buffer | undefined
  readonly verify: boolean
  readonly serverName: string | undefined
  readonly proxy: URL | undefined
  /** Of every request: impersonation. */
  readonly headers: OutgoingHttpHeaders
  readonly credentials: Credentials
}

/** Who we are. */
export interface Credentials {
  /** As of now: tokens are renewed. `refused`: what it answered last was not accepted. */
  login(refused?: boolean): Promise<Login>
}

/** PEM where it is no token. */
export interface Login {
  readonly token?: string
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
}
