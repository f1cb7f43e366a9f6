import { setMaxListeners } from 'node:events'
import { Client } from '../client/client.ts'
import { resolve } from '../config/resolve.ts'
import type { Resolved } from '../config/settings.ts'
import { RollcallError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import { LONGEST, anyOf } from '../model/signals.ts'
import { durationFlag } from './args/options.ts'
import type { Context } from './command.ts'
import type { Globals } from './globals.ts'
import type { Io, Output } from './io.ts'
import { beginning, clean } from './output/text.ts'

/** A context for one command, and its end. */
export interface CommandSession extends AsyncDisposable {
  readonly context: Context
}

export interface SessionLimits {
  readonly interrupt: AbortSignal
  readonly now: () => number
  /** After which the command ends, as typed. */
  readonly timeout: string | undefined
}

/** @throws RollcallError `usage` for a `--timeout` that is no duration. */
export function openSession(io: Io, globals: Globals, { interrupt, now, timeout }: SessionLimits): CommandSession {
  const deadline = new AbortController()
  const timer = startDeadline(timeout, deadline)
  const signal = anyOf(interrupt, deadline.signal)
  // As many requests as are under way listen to it.
  setMaxListeners(0, signal)
  const logger = loggerFor(io, globals)
  let resolved: Promise<Resolved> | undefined
  let client: Promise<Client> | undefined
  const open = (which: Resolved): Promise<Client> => {
    sayWhich(logger, which)
    return Client.open(which.target, { signal, logger, now })
  }
  const context: Context = {
    io: { ...io, stdout: stoppable(io.stdout, signal) },
    globals,
    signal,
    logger,
    now,
    resolved: () =>
      (resolved ??= resolve(globals, {
        env: io.env,
        cwd: io.cwd,
        readStdin: () => io.stdin.text(signal),
        warn: (message) => logger.warn(message),
      })),
    client: () => (client ??= context.resolved().then(open)),
    say: async (line) => {
      // Where nobody hears it, the work goes on.
      if (!globals.quiet) await io.stderr.write(`${beginning(clean(line))}\n`).catch(() => {})
    },
  }
  return {
    context,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      const opened = await client?.catch(() => undefined)
      await opened?.[Symbol.asyncDispose]()
    },
  }
}

function startDeadline(timeout: string | undefined, controller: AbortController): NodeJS.Timeout | undefined {
  if (timeout === undefined) return undefined
  const milliseconds = durationFlag('--timeout', timeout)
  const end = () =>
    controller.abort(new RollcallError('deadline', `not done within ${timeout}`, { hint: 'raise --timeout' }))
  return setTimeout(end, Math.min(milliseconds, LONGEST))
}

function loggerFor(io: Io, globals: Globals): Logger {
  const line = (level: string) => (message: string) => {
    io.stderr.write(`rollcall: ${level}${clean(message)}\n`).catch(() => {})
  }
  return {
    debug: globals.debug ? line('debug: ') : () => {},
    info: globals.verbose || globals.debug ? line('') : () => {},
    warn: globals.quiet ? () => {} : once(line('warning: ')),
  }
}

/** What several parts of a command have noticed is told by the first. */
function once(tell: (message: string) => void): (message: string) => void {
  const told = new Set<string>()
  return (message) => {
    if (!told.has(message)) tell(message)
    told.add(message)
  }
}

function sayWhich(logger: Logger, { target, context, origins }: Resolved): void {
  const from = origins.find(({ name }) => name === 'registry')?.from
  logger.info([target.display, context && `context ${context}`, from && `from ${from}`].filter(Boolean).join(', '))
}

/**
 * The same output. Nobody goes on waiting for a reader that does not read when the signal is given; what is written
 * after it, while a command cleans up, is waited for.
 */
export function stoppable(output: Output, signal: AbortSignal): Output {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  stopped.catch(() => {})
  return {
    isTerminal: output.isTerminal,
    get columns() {
      return output.columns
    },
    async write(text) {
      await (signal.aborted ? output.write(text) : Promise.race([output.write(text), stopped]))
    },
  }
}
