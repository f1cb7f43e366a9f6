import type { FastifyRequest } from 'fastify'
import type { ServedSite } from './site.ts'
import type { Client } from '../client/client.ts'
import type { AioRecord } from './aio-record.ts'
import type { Identity, Role } from './authenticate.ts'
import type { Changes } from './changes/changes.ts'
import type { ServerJournal } from './journal.ts'
import type { Live } from './live.ts'
import type { Malformed } from './malformed.ts'
import type { ServerMonitor } from './monitor.ts'
import type { Explain } from './refusal.ts'
import type { ScopedRegistry } from './registry.ts'

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity
  }
  interface FastifyContextConfig {
    /** Who may ask; a route without one is open. */
    role?: Role
    /** What it changes, for the metrics. */
    write?: Write['action'] | 'apply'
    /** Its answer goes on for ever, so that its time means nothing. */
    stream?: true
  }
}

/** What the routes work with. */
export interface ServerContext {
  readonly client: Client
  readonly live: Live
  /** What the token of a request may read and change: routes have no other way to the registry. */
  readonly registryOf: (request: FastifyRequest) => ScopedRegistry
  /** Where changes are made, and what is protected there. */
  readonly site: ServedSite
  readonly malformed: Malformed
  readonly changes: Changes
  /** Where there is one. */
  readonly monitor?: ServerMonitor
  /** Where one is kept. */
  readonly journal?: ServerJournal
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What a client may learn of an error. */
  readonly explain: Explain
  /** Logs a write that was done. */
  readonly audit: (request: FastifyRequest, write: Write) => void
}

export interface Write {
  readonly action: 'register' | 'renew' | 'offline' | 'online' | 'unregister' | 'restore'
  readonly service: string
  readonly id: string
  /** Of a plan that was applied: the run that `undo` takes back. */
  readonly run?: string
  readonly before?: AioRecord
  readonly after?: AioRecord
  /** Values of the request that were not taken as they were written. */
  readonly notes?: readonly string[]
}

/** `consistent=true`: answer from the registry itself, not from this server's copy. */
export interface ReadQuery {
  readonly consistent?: 'true' | 'false'
}

export const isConsistent = ({ consistent }: ReadQuery): boolean => consistent === 'true'
