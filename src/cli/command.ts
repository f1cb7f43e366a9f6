import type { Client } from '../client/client.ts'
import type { Resolved } from '../config/settings.ts'
import { RollcallError } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { OptionSpecs, OptionValues } from './args/options.ts'
import type { Globals } from './globals.ts'
import type { Io, Signals } from './io.ts'

/** One sub-command, as data and a function. */
export interface Command<Specs extends OptionSpecs = OptionSpecs> {
  readonly name: string
  /** What follows the name in the usage line: `<service> [id...]`. All are optional to the parser; `run` checks them. */
  readonly usage: string
  /** At least three that work, each with what it is for. They come first in the help text. */
  readonly examples: readonly Example[]
  /** Paragraphs below the options. */
  readonly notes?: readonly string[]
  readonly options: Specs
  /** The command handles `--timeout` itself. */
  readonly ownsTimeout?: boolean
  /** What follows `--` is the command line of another program, and given to `run` apart. */
  readonly takesProgram?: boolean
  /** The same over the registries that `-c a,b` names; a command without it takes one. */
  several?(
    context: Context,
    registries: SeveralRegistries,
    words: readonly string[],
    options: OptionValues<Specs>,
    program: readonly string[],
  ): Promise<number>
  /** Returns the exit status; undefined means 0. Throws a RollcallError for anything that has another status. */
  run(
    context: Context,
    words: readonly string[],
    options: OptionValues<Specs>,
    program: readonly string[],
  ): Promise<number | undefined>
}

export interface Example {
  readonly line: string
  readonly does: string
}

/** A command with its summary, as its help text and the manual page show it. */
export interface SummarisedCommand extends Command {
  readonly summary: string
}

/** Infers the options' types; returns the command as it is. */
export function command<const Specs extends OptionSpecs>(spec: Command<Specs>): Command<Specs> {
  return spec
}

/** A command's entry in the list: what the list in the help text and completion need, and how to load the rest. */
export interface CommandEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  load(): Promise<Command>
}

/** Loads a command, and adds its summary. */
export async function summarised(entry: CommandEntry): Promise<SummarisedCommand> {
  return { ...(await entry.load()), summary: entry.summary }
}

/** The entry of that name or alias. */
export function entryOf(commands: readonly CommandEntry[], name: string): CommandEntry | undefined {
  return commands.find((entry) => entry.name === name || entry.aliases?.includes(name))
}

/** What a command works with. Anything that takes time is created on first use. */
export interface Context {
  readonly io: Io
  readonly globals: Globals
  /** Aborts on Ctrl-C, on termination and when `--timeout` has passed; its reason is the RollcallError to end with. */
  readonly signal: AbortSignal
  readonly signals: Signals
  readonly logger: Logger
  /** The clock, in milliseconds since 1970. */
  now(): number
  /** Which registry, and where each setting came from. */
  resolved(): Promise<Resolved>
  /** The client, opened once and closed by main. */
  client(): Promise<Client>
  /** Prints a line on standard error; does nothing with `--quiet`. */
  say(line: string): Promise<void>
}

/** One of the registries that `-c a,b` names. */
export interface OneRegistry {
  /** The name of its context. */
  readonly name: string
  /** The command's context, with this registry in the place of its own. */
  readonly context: Context
}

/** Why one of several registries could not be read. */
export interface RegistryError {
  readonly registry: string
  readonly error: RollcallError
}

/** The registries that `-c a,b` names. One that fails is noted, and the others are read on. */
export interface SeveralRegistries {
  readonly all: readonly OneRegistry[]
  /** Those that failed, in the order in which they were named. */
  readonly errors: readonly RegistryError[]
  /** For the facts of a list: in JSON a registry that is down is one of its `errors`. */
  readonly facts: { readonly errors?: readonly object[] }
  /** Notes why one could not be read; throws any error that is not the fault of a registry. */
  failed(one: OneRegistry, error: unknown): void
  /** It is read again. */
  forget(one: OneRegistry): void
  /** What each answers, all asked at once, in the order in which they were named. */
  each<T>(read: (one: OneRegistry) => Promise<T>): Promise<{ readonly one: OneRegistry; readonly result: T }[]>
  /** @throws RollcallError `partial` where some could not be read; where none could, with the code that they share, or `unreachable` */
  requireAll(): void
}

/**
 * Resolves when the signal aborts: for commands that run until they are stopped.
 * @throws RollcallError `deadline` when `--timeout` aborted it, which is status 124 for every command.
 */
export async function ended(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
  const { reason } = signal
  if (reason instanceof RollcallError && reason.code === 'deadline') throw reason
}
