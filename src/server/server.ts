import type { AddressInfo } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { Client } from '../client/client.ts'
import { RollcallError, messageOf } from '../model/errors.ts'
import { type Logger, silent } from '../model/logger.ts'
import { type AppOptions, createApp } from './app.ts'
import { auditLine } from './audit.ts'
import type { Write } from './context.ts'
import { Live } from './live.ts'
import { Registry } from './registry.ts'

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
  const { host, port, logger = silent, now = Date.now, audit = () => {}, rate = 1_000, identify, tls } = options
  const live = new Live(client, logger)
  const context = {
    registry: new Registry(client, live),
    now,
    audit: (request: FastifyRequest, write: Write) => audit(auditLine(request, write, now())),
  }
  const app = await createApp(context, { rate, identify, tls })
  app.server.maxConnections = CONNECTIONS
  await live.start()
  try {
    await app.listen({ host, port })
  } catch (error) {
    await live[Symbol.asyncDispose]()
    throw new RollcallError('usage', `cannot listen at ${host}:${port}: ${messageOf(error)}`, {
      hint: 'name another address with --listen',
      cause: error,
    })
  }
  return {
    host,
    port: (app.server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await live[Symbol.asyncDispose]()
      const bound = setTimeout(() => app.server.closeAllConnections(), GRACE)
      await app.close()
      clearTimeout(bound)
    },
  }
}
