import type { OptionSpecs } from './args/options.ts'
import type { SummarisedCommand, CommandEntry } from './command.ts'
import { outputOptions, registryOptions } from './globals.ts'

const INDENT = '  '

/** The text of `rollcall --help`. */
export function programHelp(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map((entry) => entry.name.length))
  return [
    'One command line for every service registry.',
    '',
    'Examples:',
    `${INDENT}rollcall ls --registry etcd://127.0.0.1:2379     services with their counts`,
    `${INDENT}rollcall ls payments -r file:./registry.db       the instances of one service`,
    `${INDENT}rollcall check-keys -c prod                      malformed and hazardous records`,
    '',
    'Usage: rollcall <command> [options]',
    '',
    'Commands:',
    ...commands.map((entry) => `${INDENT}${entry.name.padEnd(width)}  ${entry.summary}`),
    '',
    ...optionLines('Which registry (before or after the command):', registryOptions),
    '',
    ...optionLines('Output:', outputOptions),
    '',
    'Each of these has a variable, such as ROLLCALL_REGISTRY for --registry. See also `rollcall <command> --help`.',
    '',
  ].join('\n')
}

/** The text of `rollcall <command> --help`. */
export function commandHelp(command: SummarisedCommand): string {
  const width = Math.max(...command.examples.map((example) => example.line.length))
  return [
    capital(command.summary),
    '',
    'Examples:',
    ...command.examples.map((example) => `${INDENT}${example.line.padEnd(width)}  # ${example.does}`),
    '',
    `Usage: rollcall ${command.name} ${command.usage}`.trimEnd(),
    '',
    ...optionLines('Options:', command.options),
    ...(command.notes ?? []).flatMap((note) => ['', note]),
    '',
    'Global options such as --registry and -o are listed by `rollcall --help`.',
    '',
  ].join('\n')
}

function optionLines(title: string, options: OptionSpecs): string[] {
  const specs = Object.values(options)
  if (specs.length === 0) return []
  const flags = specs.map((spec) => (spec.flags.startsWith('--') ? `    ${spec.flags}` : spec.flags))
  const width = Math.max(...flags.map((flag) => flag.length))
  return [title, ...specs.map((spec, at) => `${INDENT}${(flags[at] ?? '').padEnd(width)}  ${spec.summary}`)]
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
