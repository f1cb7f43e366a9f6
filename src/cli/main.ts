import { RollcallError } from '../model/errors.ts'
import { didYouMean } from '../reports/near-names.ts'
import { commands, findCommand } from './commands/index.ts'
import { statusOf } from './exit-status.ts'
import { globalOptions } from './globals.ts'
import { programHelp } from './help.ts'
import { type Io, processIo } from './io.ts'
import type { OptionSpec } from './option.ts'
import { type Invocation, parse } from './program.ts'
import { isBrokenPipe, report } from './report.ts'
import { openSession } from './session.ts'

export interface MainOptions {
  /** Aborts the command; its reason is the RollcallError to end with. */
  readonly signal?: AbortSignal
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

/** Runs one command line and answers its exit status. Throws nothing. */
export async function main(argv: readonly string[], io: Io, options: MainOptions = {}): Promise<number> {
  const signal = options.signal ?? new AbortController().signal
  try {
    const invocation = await understand(argv, io)
    if (invocation.is === 'run') return await run(invocation, io, signal, options.now ?? Date.now)
    await io.stdout.write(invocation.text)
    return 0
  } catch (error) {
    return await report(signal.aborted ? signal.reason : error, argv, io).catch(() => 0)
  }
}

async function understand(argv: readonly string[], io: Io): Promise<Invocation> {
  const word = commandWord(argv)
  if (word === undefined && argv.some((each) => each === '--version' || each === '-V'))
    return understand(['version'], io)
  if (word === 'help') return understand([...argv.filter((each) => each !== 'help'), '--help'], io)
  if (word === undefined && !argv.some((each) => each === '--help' || each === '-h')) {
    throw new RollcallError('usage', 'no command given', {
      hint: `one of ${commands.map((entry) => entry.name).join(', ')}`,
    })
  }
  if (word === undefined) return { is: 'text', text: programHelp(commands) }
  const entry = findCommand(word)
  if (!entry) {
    const names = commands.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])])
    const hint = didYouMean(word, names) ?? 'rollcall --help lists them'
    throw new RollcallError('usage', `there is no command "${word}"`, { hint })
  }
  return parse(argv, await entry.load(), io.env)
}

/** The first word that is neither a flag nor a global flag's value. */
function commandWord(argv: readonly string[]): string | undefined {
  const specs: readonly OptionSpec[] = Object.values(globalOptions)
  const takesValue = (word: string) =>
    specs.some((spec) => spec.kind !== 'switch' && spec.flags.split(/[, ]+/).includes(word))
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-')) return word
    if (takesValue(word)) at++
  }
  return undefined
}

async function run(
  invocation: Invocation & { is: 'run' },
  io: Io,
  signal: AbortSignal,
  now: () => number,
): Promise<number> {
  const { command, globals } = invocation
  const timeout = command.ownsTimeout ? undefined : globals.timeout
  await using session = openSession(io, globals, { interrupt: signal, now, timeout })
  const { context } = session
  try {
    const status = await command.run(context, invocation.words, invocation.options as never)
    return status ?? 0
  } catch (error) {
    throw context.signal.aborted && !isBrokenPipe(error) ? context.signal.reason : error
  }
}

/** Runs this process's command line and ends the process. A second Ctrl-C does not wait for anything. */
export async function runProcess(): Promise<never> {
  const controller = new AbortController()
  const end = (code: 'interrupted' | 'terminated') => () => {
    if (controller.signal.aborted) process.exit(statusOf(code))
    controller.abort(new RollcallError(code, code))
  }
  process.on('SIGINT', end('interrupted'))
  process.on('SIGTERM', end('terminated'))
  process.exit(await main(process.argv.slice(2), processIo(), { signal: controller.signal }))
}
