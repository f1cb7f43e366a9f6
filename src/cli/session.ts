import { setMaxListeners } from 'node:events'
import { RollcallError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import { LONGEST, anyOf } from '../model/signals.ts'
import { useWording } from '../model/wording.ts'
import { durationFlag } from './args/options.ts'
import type { Context } from './command.ts'
import type { Globals } from './globals.ts'
import type { Io, Output, Signals } from './io.ts'
import { beginning, clean } from './output/text.ts'
import { namedClient } from './registry.ts'
import { flagWording } from './wording.ts'

/** The context of one command. Disposing it closes the client. */
export interface CommandSession extends AsyncDisposable {
  readonly context: Context
}

export interface SessionLimits {
  readonly interrupt: AbortSignal
  readonly signals: Signals
  readonly now: () => number
  /** The `--timeout` as typed; undefined when the command handles it itself. */
  readonly timeout: string | undefined
}

/** Opens the session of one command, in which errors name flags; neither the registry nor a file is touched yet. @throws RollcallError `usage` for a `--timeout` that is not a duration. */
export function openSession(
  io: Io,
  globals: Globals,
  { interrupt, signals, now, timeout }: SessionLimits,
): CommandSession {
  const deadline = new AbortController()
  const timer = startDeadline(timeout, deadline)
  const signal = anyOf(interrupt, deadline.signal)
  // Every request under way adds a listener.
  setMaxListeners(0, signal)
  const logger = loggerFor(io, globals)
  const registry = namedClient(globals, { io, signal, signals, logger, now }, io.env)
  const wording = useWording(flagWording)
  const context: Context = {
    io: { ...io, stdout: stoppable(io.stdout, signal) },
    globals,
    signal,
    signals,
    logger,
    now,
    resolved: registry.resolved,
    client: registry.client,
    say: async (line) => {
      // A closed standard error must not end the work.
      if (!globals.quiet) await io.stderr.write(`${beginning(clean(line))}\n`).catch(() => {})
    },
  }
  return {
    context,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      try {
        await registry[Symbol.asyncDispose]()
      } finally {
        wording[Symbol.dispose]()
      }
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

/** Logs each message once, although several parts of a command may notice the same thing. */
function once(log: (message: string) => void): (message: string) => void {
  const logged = new Set<string>()
  return (message) => {
    if (!logged.has(message)) log(message)
    logged.add(message)
  }
}

/**
 * An output whose pending writes are given up when the signal aborts, so that a reader that has stopped reading cannot hold
 * the command. Writes after that are waited for: they are results of a change. Of a list nothing is written then (`Chunks`).
 */
export function stoppable(output: Output, signal: AbortSignal): Output {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  stopped.catch(() => {})
  const unlessStopped = async (writing: () => Promise<void>): Promise<void> => {
    await (signal.aborted ? writing() : Promise.race([writing(), stopped]))
  }
  return {
    isTerminal: output.isTerminal,
    get columns() {
      return output.columns
    },
    write: (text) => unlessStopped(() => output.write(text)),
    ...(output.writeBytes && { writeBytes: (bytes) => unlessStopped(async () => output.writeBytes?.(bytes)) }),
  }
}
