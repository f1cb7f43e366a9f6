import { Client } from '../client/client.ts'
import { type Surroundings, resolve } from '../config/resolve.ts'
import type { GlobalFlags, Resolved } from '../config/settings.ts'
import type { Logger } from '../model/logger.ts'
import type { Context } from './command.ts'

/** A registry by its configuration. Nothing is read, and nothing opened, before it is asked for. Disposing closes the client. */
export interface NamedClient extends Pick<Context, 'resolved' | 'client'>, AsyncDisposable {}

/** `env`: the variables that may complete the configuration. */
export function namedClient(
  flags: GlobalFlags,
  { io, signal, logger, now }: Omit<Context, 'resolved' | 'client' | 'say' | 'globals'>,
  env: Surroundings['env'],
): NamedClient {
  let resolved: Promise<Resolved> | undefined
  let client: Promise<Client> | undefined
  const resolvedOnce = () =>
    (resolved ??= resolve(flags, {
      env,
      cwd: io.cwd,
      readStdin: () => io.stdin.text(signal),
      warn: (message) => logger.warn(message),
    }))
  const open = (which: Resolved): Promise<Client> => {
    sayWhich(logger, which)
    return Client.open(which.target, { signal, logger, now })
  }
  return {
    resolved: resolvedOnce,
    client: () => (client ??= resolvedOnce().then(open)),
    async [Symbol.asyncDispose]() {
      const opened = await client?.catch(() => undefined)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

function sayWhich(logger: Logger, { target, context, origins }: Resolved): void {
  const from = origins.find(({ name }) => name === 'registry')?.from
  logger.info([target.display, context && `context ${context}`, from && `from ${from}`].filter(Boolean).join(', '))
}
