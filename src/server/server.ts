import type { AddressInfo } from 'node:net'
import type { Environment } from '../backends/contract/driver.ts'
import type { ServedSite } from './site.ts'
import type { Client } from '../client/client.ts'
import type { JournalWriter } from '../client/journal/writer.ts'
import { type Protection, UNPROTECTED } from '../reports/protection.ts'
import { RollcallError, messageOf } from '../model/errors.ts'
import { type Logger, silent } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { aioRecord } from './aio-record.ts'
import { type AppOptions, createApp } from './app.ts'
import { type Writer, auditLine } from './audit.ts'
import { Changes } from './changes/changes.ts'
import type { ServerContext, Write } from './context.ts'
import { ServerJournal } from './journal.ts'
import { Live } from './live.ts'
import { Malformed } from './malformed.ts'
import { ServerMonitor } from './monitor.ts'
import { explainer } from './refusal.ts'
import { ScopedRegistry } from './registry.ts'

/** Connections that may be open at the same time. */
const CONNECTIONS = 10_000
/** Milliseconds that requests under way have to end when the server stops. */
const GRACE = 5_000

export interface ServeOptions extends Partial<AppOptions> {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly logger?: Logger
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Takes a line of JSON for every write that was done. */
  readonly audit?: (line: string) => void
  /** Marks as down what is not renewed, where the registry has such records; left out: it does. */
  readonly monitor?: boolean
  /** Keeps what happens; the server disposes of it. */
  readonly journal?: JournalWriter | undefined
  /** Of the process: where backups and the audit log are kept. */
  readonly env?: Environment
  /** The context in force: its name, what it protects, and whether its name has to be typed before a change. */
  readonly context?: ServedContext
}

export interface ServedContext extends Protection {
  readonly name: string | undefined
  readonly confirm: boolean
}

/** A server that listens. Disposing of it ends it; the client stays open. */
export interface RunningServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
}

/**
 * Serves the HTTP API over a client's registry, whether that can be reached for now or not.
 *
 * @throws RollcallError `usage` for an address that cannot be listened at.
 */
export async function serve(client: Client, options: ServeOptions): Promise<RunningServer> {
  const { host, port, logger = silent, rate = 1_000, tokens, tls, allowHosts = [], corsOrigins = [] } = options
  const journal = options.journal && new ServerJournal(options.journal, logger)
  const live = new Live(client, logger, journal)
  const stop = new AbortController()
  const context = { ...contextOf(client, live, { ...options, signal: stop.signal }), ...(journal && { journal }) }
  const end = async (): Promise<void> => {
    await Promise.all([live[Symbol.asyncDispose](), context.monitor?.[Symbol.asyncDispose]()])
    journal?.[Symbol.dispose]()
  }
  const app = await createApp(context, { host, rate, tokens, tls, allowHosts, corsOrigins })
  app.server.maxConnections = CONNECTIONS
  await live.start()
  try {
    await app.listen({ host, port })
  } catch (error) {
    await end()
    throw new RollcallError('usage', `cannot listen at ${host}:${port}: ${messageOf(error)}`, {
      hint: 'name another address with --listen',
      cause: error,
    })
  }
  return {
    host,
    port: (app.server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await end()
      const bound = setTimeout(() => {
        stop.abort(new RollcallError('interrupted', 'the server was stopped'))
        app.server.closeAllConnections()
      }, GRACE)
      await app.close()
      await context.changes.ended()
      clearTimeout(bound)
    },
  }
}

const ANY: ServedContext = { ...UNPROTECTED, name: undefined, confirm: false }

function contextOf(
  client: Client,
  live: Live,
  options: ServeOptions & { readonly signal: AbortSignal },
): ServerContext {
  const { logger = silent, now = Date.now, audit = () => {}, monitor = true, env = process.env } = options
  const { context = ANY, signal } = options
  const note = (writer: Writer, write: Write): void => audit(auditLine(writer, write, now()))
  const marked = (entry: InstanceEntry): void => {
    const { service, instance } = entry
    note({ who: 'monitor' }, { action: 'offline', service, id: instance.id, before: aioRecord(entry) })
  }
  const site: ServedSite = {
    client,
    environment: env,
    logger,
    now,
    signal,
    ...(context.name === undefined ? { protectedBy: 'this server' } : { context: context.name }),
    protected: context.protected,
    protectedHours: context.protectedHours.map(({ text }) => text),
  }
  return {
    client,
    live,
    site,
    registryOf: ({ identity }) => new ScopedRegistry(client, live, identity),
    malformed: new Malformed(client, live, now),
    changes: new Changes(site, context.confirm ? context.name : undefined),
    ...(monitor && client.capabilities.monitor && { monitor: new ServerMonitor(client, { logger, marked }) }),
    now,
    explain: explainer(logger),
    audit: ({ identity, ip }, write) => note({ who: identity.name, from: ip }, write),
  }
}
