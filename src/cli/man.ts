import { drivers } from '../backends/index.ts'
import { TRUST_VARIABLE } from '../config/trust.ts'
import type { OptionSpecs } from './args/options.ts'
import type { SummarisedCommand } from './command.ts'
import { globalOptions, outputOptions, registryOptions, variableOf } from './globals.ts'

/** What an exit status means: 1 is "the answer is no", 2 and up "I could not answer". */
export const EXIT_STATUSES: readonly (readonly [status: number, meaning: string])[] = [
  [0, 'done; yes; nothing to do; no findings at the threshold'],
  [1, 'the answer is no: no such instance, findings at the threshold, declined'],
  [2, 'usage or configuration; a confirmation is needed and there is no terminal to ask on; a target is ambiguous'],
  [3, 'the registry cannot be reached, or the server there is not that kind of registry'],
  [4, 'not authenticated, or not allowed'],
  [5, 'partly done: what failed or changed is listed'],
  [6, 'refused by a guard, whose message names what lifts it; or this registry cannot do it'],
  [7, 'changed since it was read, or held by another; nothing was done'],
  [70, 'a bug in rollcall'],
  [124, '--timeout has passed'],
  [130, 'interrupted, after cleaning up'],
  [143, 'terminated, after cleaning up'],
]

const FILES: readonly (readonly [file: string, meaning: string])[] = [
  [
    '$XDG_CONFIG_HOME/rollcall/config.yaml',
    'the named registries of `rollcall context`; ~/.config is the usual folder',
  ],
  ['$XDG_CONFIG_HOME/rollcall/trust.json', 'the project files that you trust; ignored unless you alone can write it'],
  [
    'rollcall.yaml',
    'names the registry of a project, in this folder or above; no secret is sent there until you trust the file',
  ],
  [
    '$XDG_STATE_HOME/rollcall/backups/',
    'what `rollcall purge`, `deregister`, `offline` and `online` changed, for `rollcall undo`; ~/.local/state is the usual folder',
  ],
  ['$XDG_STATE_HOME/rollcall/audit.ndjson', 'a line for each removal: when, who, why and what became of it'],
  ['$XDG_STATE_HOME/rollcall/picks/', 'whose turn it is for `rollcall pick`'],
]

/** The manual page in roff, of the man(7) macros, made of what the help texts are made of. */
export function manualPage(commands: readonly SummarisedCommand[], version: string): string {
  return [
    title('rollcall', `rollcall ${version}`),
    heading('Name'),
    text('rollcall - one command line for every service registry'),
    heading('Synopsis'),
    paragraph('rollcall <command> [options]'),
    heading('Commands'),
    ...commands.flatMap(commandText),
    heading('Which registry'),
    paragraph('Before or after the command.'),
    ...optionTexts(registryOptions),
    heading('Output'),
    ...optionTexts(outputOptions),
    heading('Exit status'),
    ...EXIT_STATUSES.map(([status, meaning]) => definition(String(status), meaning)),
    heading('Environment'),
    paragraph('Each global option has a variable, which is read after all flags.'),
    ...Object.keys(globalOptions).map((name) => {
      const option = name as keyof typeof globalOptions
      return definition(variableOf(option), globalOptions[option].summary)
    }),
    definition(TRUST_VARIABLE, 'the absolute path of a rollcall.yaml that is trusted, or of a folder above it'),
    ...drivers.flatMap(({ name, environment }) =>
      environment.map((variable) => definition(variable.name, `${name}: ${variable.meaning}`)),
    ),
    heading('Files'),
    ...FILES.map(([file, meaning]) => definition(file, meaning)),
  ].join('')
}

function commandText({ name, usage, summary, examples, options, notes = [] }: SummarisedCommand): string[] {
  return [
    subheading(`rollcall ${name} ${usage}`.trimEnd()),
    text(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...optionTexts(options),
    ...notes.flatMap((note) => note.split('\n')).map((line) => paragraph(line.trim())),
    lines(examples.flatMap(({ line, does }) => [`# ${does}`, line])),
  ]
}

function optionTexts(options: OptionSpecs): string[] {
  return Object.values(options).map(({ flags, summary }) => definition(flags, summary))
}

/** Parts of a manual page in the man(7) macros; each ends its line. Plain text goes in. */

export function title(name: string, source: string): string {
  return `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(source)}\n`
}

export function heading(words: string): string {
  return `.SH ${quoted(words.toUpperCase())}\n`
}

export function subheading(words: string): string {
  return `.SS ${quoted(words)}\n`
}

/** Text that continues the line before it. */
export function text(words: string): string {
  return `${escaped(words)}\n`
}

export function paragraph(words: string): string {
  return `.PP\n${escaped(words)}\n`
}

/** A term, and what it means below it. */
export function definition(term: string, meaning: string): string {
  return `.TP\n.B ${quoted(term)}\n${escaped(meaning)}\n`
}

/** Lines shown as they are, one below the other. */
export function lines(some: readonly string[]): string {
  return `.PP\n.nf\n.RS 4\n${some.map((line) => `${escaped(line)}\n`).join('')}.RE\n.fi\n`
}

/** One argument of a macro. */
function quoted(words: string): string {
  return `"${escaped(words).replaceAll('"', '\\(dq')}"`
}

/** Characters that roff would interpret. A hyphen is escaped so that it can be copied; `…` is written by its number. */
const NAMED: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  '^': '\\(ha',
  '~': '\\(ti',
  '`': '\\(ga',
}

/** Text on one line, which cannot be taken for a request. */
function escaped(words: string): string {
  const named = words.replaceAll(/\s+/g, ' ').replaceAll(/[\\^~`-]|[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return NAMED[character] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`
  })
  return named.replace(/^([.'])/, '\\&$1')
}
