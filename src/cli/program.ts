import { Command as Parser, CommanderError, InvalidArgumentError, Option } from 'commander'
import { RollcallError } from '../model/errors.ts'
import { type OptionSpec, type OptionSpecs, longFlag, withDefaults } from './args/options.ts'
import { type Command, type CommandEntry, type SummarisedCommand, entryOf } from './command.ts'
import { type Globals, fromVariables, globalOptions, outputOptions } from './globals.ts'
import { commandHelp, programHelp } from './help.ts'
import type { Io } from './io.ts'

/** What a command line asks for: a command to run, or a text to print. */
export type Invocation =
  | {
      readonly is: 'run'
      readonly command: Command
      readonly words: readonly string[]
      /** The words after `--`, for a command that takes another program. */
      readonly program: readonly string[]
      readonly options: Values
      readonly globals: Globals
      /** The globals whose values came from variables. */
      readonly variables: Partial<Globals>
    }
  | { readonly is: 'text'; readonly text: string }

type Values = Readonly<Record<string, unknown>>

export interface ParseOptions {
  /** Every command, for the help and the aliases. */
  readonly commands: readonly CommandEntry[]
  readonly env: Io['env']
}

/**
 * Parses a command line. Global options are accepted before and after the command's name. Of an output option given twice
 * the later value wins, so that a shell alias may set a default; any other option takes one value.
 * @throws RollcallError `usage` for a line that cannot be parsed.
 */
export function parse(
  argv: readonly string[],
  command: SummarisedCommand,
  { commands, env }: ParseOptions,
): Invocation {
  const written: string[] = []
  const end = command.takesProgram ? argv.indexOf('--') : -1
  const [own, following] = end === -1 ? [argv, []] : [argv.slice(0, end), argv.slice(end + 1)]
  const program = newParser('rollcall', globalOptions, written).usage('<command> [options]')
  program.helpInformation = () => programHelp(commands)
  const parser = newParser(command.name, { ...globalOptions, ...command.options }, written)
  parser
    .copyInheritedSettings(program)
    .aliases([...(entryOf(commands, command.name)?.aliases ?? [])])
    .argument('[words...]')
  parser.helpInformation = () => commandHelp(command)
  let invocation: Invocation | undefined
  parser.action((words: string[]) => {
    const given = single(globalOptions, read(globalOptions, program), read(globalOptions, parser))
    const flags = withDefaults(globalOptions, given)
    const variables = fromVariables(flags, env)
    const options = withDefaults(command.options, single(command.options, read(command.options, parser)))
    invocation = {
      is: 'run',
      command,
      words,
      program: following,
      options,
      globals: { ...flags, ...variables },
      variables,
    }
  })
  program.addCommand(parser)
  try {
    program.parse(own, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw usageError(error, command.name)
    return { is: 'text', text: written.join('') }
  }
  return invocation ?? { is: 'text', text: programHelp(commands) }
}

function newParser(name: string, options: OptionSpecs, written: string[]): Parser {
  const parser = new Parser(name).exitOverride().showSuggestionAfterError(true)
  parser.configureOutput({ writeOut: (text) => written.push(text), writeErr: () => {}, outputError: () => {} })
  for (const spec of Object.values(options)) parser.addOption(optionOf(spec))
  return parser
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary)
  if (spec.kind !== 'switch') {
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), allowed(spec, value)])
  }
  return option
}

function allowed({ choices }: OptionSpec, value: string): string {
  if (!choices || choices.includes(value)) return value
  throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`)
}

/** The options that were given, every value of them. Commander stores `--no-x` as `x: false`. */
function read(specs: OptionSpecs, parser: Parser): Values {
  const given: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const negated = longFlag(spec).startsWith('--no-')
    const attribute = optionOf(spec).attributeName()
    if (parser.getOptionValueSource(attribute) !== 'cli') continue
    given[name] = negated ? true : parser.getOptionValue(attribute)
  }
  return given
}

/** The values given; of an output option the last. @throws RollcallError `usage` for different values of any other option that takes one */
function single(specs: OptionSpecs, ...places: readonly Values[]): Values {
  const values = Object.entries(specs).flatMap(([name, spec]) => {
    const given = places.flatMap((place) => place[name] ?? [])
    if (given.length === 0) return []
    if (spec.kind !== 'value') return [[name, spec.kind === 'list' ? given : true] as const]
    if (new Set(given).size > 1 && !(name in outputOptions)) throw givenTwice(spec)
    return [[name, given.at(-1)] as const]
  })
  return Object.fromEntries(values)
}

function givenTwice(spec: OptionSpec): RollcallError {
  return new RollcallError('usage', `${longFlag(spec)} was given more than once, with different values`, {
    hint: 'give it once',
  })
}

function usageError(error: CommanderError, command: string): RollcallError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  return new RollcallError('usage', first, { hint: hintFor(error, rest.join(' '), command) })
}

function hintFor(error: CommanderError, suggestion: string, command: string): string {
  if (error.message.includes("unknown option '-w")) return 'did you mean -o json? -o chooses the output format'
  const guess = /^\(Did you mean (.*)\?\)$/.exec(suggestion)?.[1]
  return guess ? `did you mean ${guess}?` : `see rollcall ${command} --help`
}
