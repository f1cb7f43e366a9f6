import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type ConsulClient from 'consul'

/** A Consul of the package's, and the general requests below its methods, which its types leave out. */
export type Package = ConsulClient & {
  _get(request: Request): Promise<Response>
  _post(request: Request): Promise<Response>
  _put(request: Request): Promise<Response>
}

interface Request {
  readonly name: string
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly type?: 'json'
  readonly ctx: EventEmitter
  readonly timeout: number
}

export type Response = IncomingMessage & { readonly body?: unknown }

/** What every method of the package takes beside its own options. */
export interface Common {
  readonly token: string
  readonly timeout: number
  readonly ctx: EventEmitter
  readonly dc?: string
}

export interface Answer<T> {
  readonly body: T
  /** Of the Raft log, for a blocking query. */
  readonly index: string | undefined
  readonly hidden: Hidden
}

/** Whether the token hides a part of an answer. Where tokens are wanted, one who shows none is not told. */
export type Hidden = 'nothing' | 'something' | 'unsaid'

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, beyond the usual ones: how long the agent may wait by itself. */
  readonly wait?: number
}
