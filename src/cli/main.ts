import { severalContexts } from '../config/several.ts'
import { RollcallError } from '../model/errors.ts'
import { didYouMean } from '../reports/near-names.ts'
import { type Context, summarised } from './command.ts'
import { commandNames, commands, findCommand } from './commands/index.ts'
import { statusOf } from './exit-status.ts'
import { commandAt } from './globals.ts'
import { programHelp } from './help.ts'
import { type Io, type Signals, isBrokenPipe, processIo } from './io.ts'
import type { Invocation } from './program.ts'

/** For the build, which has the help of each printed. */
export { commandNames }

export interface MainOptions {
  /** Aborts the command; its reason is the RollcallError to end with. */
  readonly signal?: AbortSignal
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
  /** The process's signals, for a command that passes them on; none reach it by default. */
  readonly signals?: Signals
}

/** Runs one command line and returns its exit status; never throws. Help needs nothing beyond what this file loads. */
export async function main(argv: readonly string[], io: Io, options: MainOptions = {}): Promise<number> {
  const signal = options.signal ?? new AbortController().signal
  try {
    const invocation = await understand(argv, io)
    if (invocation.is === 'run') return await run(invocation, io, { ...options, signal })
    await io.stdout.write(invocation.text)
    return 0
  } catch (error) {
    const { report } = await import('./output/error-report.ts')
    return await report(signal.aborted ? signal.reason : error, argv, io)
  }
}

async function understand(argv: readonly string[], io: Io): Promise<Invocation> {
  const at = commandAt(argv)
  const word = argv[at]
  const before = word === undefined ? argv : argv.slice(0, at)
  const rest = argv.filter((_, index) => index !== at)
  if (before.includes('--version')) return understand(['version', ...before.filter((each) => each !== '--version')], io)
  if (word === 'help') return understand([...rest, '--help'], io)
  if (word === undefined && before.some((each) => each === '--help' || each === '-h'))
    return { is: 'text', text: programHelp(commands) }
  if (word === undefined) {
    throw new RollcallError('usage', 'no command given', {
      hint: `one of ${commands.map((entry) => entry.name).join(', ')}; see rollcall --help`,
    })
  }
  const entry = findCommand(word)
  if (!entry) {
    const hint = didYouMean(word, commandNames) ?? 'rollcall --help lists them'
    throw new RollcallError('usage', `there is no command "${word}"`, { hint })
  }
  const [command, { parse }] = await Promise.all([summarised(entry), import('./program.ts')])
  return parse(argv, command, { commands, env: io.env })
}

const NO_SIGNALS: Signals = { take: () => {} }

type Run = Invocation & { is: 'run' }

type Surroundings = MainOptions & { readonly signal: AbortSignal }

async function run(invocation: Run, io: Io, surroundings: Surroundings): Promise<number> {
  try {
    return await inSession(invocation, io, surroundings)
  } catch (error) {
    const { namingVariable } = await import('./globals.ts')
    throw namingVariable(error, invocation.variables)
  }
}

async function inSession(invocation: Run, io: Io, surroundings: Surroundings): Promise<number> {
  const { openSession } = await import('./session.ts')
  const { command, globals } = invocation
  const timeout = command.ownsTimeout ? undefined : globals.timeout
  const { signal, now = Date.now, signals = NO_SIGNALS } = surroundings
  const query = await queryOf(io, globals)
  const shown = query ? { ...io, stdout: query.stdout } : io
  await using session = openSession(shown, query?.globals ?? globals, { interrupt: signal, signals, now, timeout })
  const { context } = session
  try {
    const status = await carriedOut(context, invocation)
    await query?.end()
    return status ?? 0
  } catch (error) {
    // What was written before the error is whole, or no JSON yet. The error counts.
    await query?.end().catch(() => {})
    if (context.signal.aborted && !isBrokenPipe(error)) throw context.signal.reason
    const { namingOtherKind } = await import('./output/error-report.ts')
    throw await namingOtherKind(error, context)
  }
}

/** Over the one registry that is named, or over several of them, by commands that take several. */
async function carriedOut(context: Context, { command, words, options, program }: Run): Promise<number | undefined> {
  const several = command.several && severalContexts(context.globals, context.io.env)
  if (several === undefined || !command.several) return await command.run(context, words, options as never, program)
  const { Registries } = await import('./several/registries.ts')
  await using registries = await Registries.named(context, several)
  return await command.several(context, registries, words, options as never, program)
}

async function queryOf(io: Io, globals: Run['globals']) {
  if (globals.query === undefined) return undefined
  const { beginQuery } = await import('./output/query.ts')
  return await beginQuery(io.stdout, globals, globals.query)
}

/** Runs this process's command line and ends the process. A second Ctrl-C ends it at once. */
export async function runProcess(): Promise<never> {
  const argv = process.argv.slice(2)
  const io = processIo()
  process.on('uncaughtException', (error) => {
    io.releaseTerminal()
    void endWith(error, argv, io)
  })
  const controller = new AbortController()
  const signals = listenToSignals(controller)
  process.exit(await main(argv, io, { signal: controller.signal, signals }))
}

/** Those that end a command, and how its end is reported. SIGHUP: the terminal was closed, or the connection to it was lost. */
const ENDING = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'terminated' } as const

/** Those that a program gives a meaning of its own. */
const OTHERS = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** Makes the first ending signal abort the controller and the second one end the process, until a command takes them. */
function listenToSignals(controller: AbortController): Signals {
  let listener: ((signal: NodeJS.Signals) => void) | undefined
  for (const [name, code] of Object.entries(ENDING) as [keyof typeof ENDING, 'interrupted' | 'terminated'][]) {
    process.on(name, () => {
      if (listener) listener(name)
      else if (controller.signal.aborted) process.exit(statusOf(code))
      else controller.abort(new RollcallError(code, code))
    })
  }
  return {
    take(given) {
      listener = given
      for (const name of OTHERS) process.on(name, () => given(name))
    },
  }
}

/** Prints what start.cjs could not print at once, and ends the process. */
export async function printProcess(text: Uint8Array): Promise<never> {
  const io = processIo()
  try {
    await io.stdout.writeBytes(text)
  } catch (error) {
    await endWith(error, process.argv.slice(2), io)
  }
  process.exit(0)
}

async function endWith(error: unknown, argv: readonly string[], io: Io): Promise<never> {
  const { report } = await import('./output/error-report.ts')
  process.exit(await report(error, argv, io))
}
