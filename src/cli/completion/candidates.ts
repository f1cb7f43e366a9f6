import { keptRuns } from '../../client/undo/backups.ts'
import { readContexts } from '../../config/contexts.ts'
import { LAYOUTS } from '../../model/observed.ts'
import { STATUSES } from '../../model/status.ts'
import { type OptionSpec, type OptionSpecs, longFlag } from '../args/options.ts'
import {
  type Command,
  type CommandEntry,
  type Context,
  type SummarisedCommand,
  entryOf,
  summarised,
} from '../command.ts'
import { commandAt, globalOptions } from '../globals.ts'
import { type Invocation, type ParseOptions, parse } from '../program.ts'
import { KINDS } from '../schema/index.ts'
import { type Completion, idsOf, serviceNames } from './live.ts'

/** The words that may stand at the cursor, or `files` to let the shell offer files. */
export type Candidates = readonly Completion[] | 'files'

/**
 * Completes a line. `typed` has the words before the cursor, without `rollcall`; the last one is being typed, and may be
 * empty. `commands` is the list of every command.
 */
export async function candidates(
  context: Context,
  typed: readonly string[],
  commands: readonly CommandEntry[],
): Promise<Candidates> {
  const current = typed.at(-1) ?? ''
  const before = typed.slice(0, -1)
  const all = await possible(context, commands, before, current)
  return all === 'files' ? all : all.filter(({ word }) => word.startsWith(current))
}

async function possible(
  context: Context,
  commands: readonly CommandEntry[],
  before: readonly string[],
  current: string,
): Promise<Candidates> {
  const at = commandAt(before)
  const entry = at < 0 ? undefined : entryOf(commands, before[at] ?? '')
  const command = entry && (await summarised(entry))
  if (at >= 0 && !command) return []
  const specs: OptionSpecs = { ...globalOptions, ...command?.options }
  const ended = before.includes('--')
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  if (flag !== undefined && value !== undefined && !ended)
    return prefixed(`${flag}=`, await given(context, specs, flag))
  const last = ended ? undefined : specOf(specs, before.at(-1) ?? '')
  if (last && last.kind !== 'switch') return await valuesOf(context, last)
  if (current.startsWith('-') && !ended) return flagsOf(specs)
  if (!command) return commands.map(({ name, summary }) => ({ word: name, summary }))
  const invocation = understood(before, command, { commands, env: context.io.env })
  return invocation?.is === 'run' ? await positionals(context, command, invocation, current) : []
}

async function given(context: Context, specs: OptionSpecs, flag: string): Promise<Candidates> {
  const spec = specOf(specs, flag)
  return spec && spec.kind !== 'switch' ? await valuesOf(context, spec) : []
}

function prefixed(prefix: string, some: Candidates): Candidates {
  return some === 'files' ? some : some.map(({ word }) => ({ word: `${prefix}${word}` }))
}

function specOf(specs: OptionSpecs, flag: string): OptionSpec | undefined {
  return Object.values(specs).find((spec) => spec.flags.split(/[, ]+/).includes(flag))
}

function flagsOf(specs: OptionSpecs): Completion[] {
  const flags = Object.values(specs).map((spec) => ({ word: longFlag(spec), summary: spec.summary }))
  return [...flags, { word: '--help', summary: 'examples and options' }]
}

/** Completes the words after a command's name by its usage: `<service>/<id>`, `[service...]`, `FILE`, or words to choose from. */
async function positionals(
  context: Context,
  command: Command,
  { globals, words }: Invocation & { is: 'run' },
  current: string,
): Promise<Candidates> {
  const { usage } = command
  if (usage === 'FILE' || usage === '[path]') return 'files'
  if (/^[A-Z]+ [A-Z]+/.test(usage)) return words.length < 2 ? await sides(context, current) : []
  if (usage === '[run]') return await runIds(context)
  if (usage === '[kind]') return KINDS.map((word) => ({ word }))
  if (!/[<[]service/.test(usage)) {
    if (words.length === 0) return firstWords(usage)
    return command.name === 'context' ? await valuesOf(context, globalOptions.context) : []
  }
  if (!usage.includes('<id>')) return await serviceNames(context, globals)
  const [service = ''] = words
  const slash = current.indexOf('/')
  if (slash > 0) return await idsOf(context, globals, current.slice(0, slash), { whole: true })
  if (service === '' || service.includes('/')) return await serviceNames(context, globals)
  return await idsOf(context, globals, service)
}

/** The contexts that begin so, or files. */
async function sides({ io }: Context, current: string): Promise<Candidates> {
  const contexts = (await readContexts(io.env)).names.filter((name) => name.startsWith(current))
  return contexts.length > 0 ? contexts.map((word) => ({ word })) : 'files'
}

async function runIds({ io }: Context): Promise<Completion[]> {
  const { runs } = await keptRuns(io.env)
  return runs.map(({ run }) => ({ word: run.id, summary: `${run.command} in ${run.registry}` }))
}

/** `bash|zsh|fish`, or the actions of `add <name> | use <name> | ls`. */
function firstWords(usage: string): Completion[] {
  return usage.split('|').flatMap((alternative) => {
    const [word = ''] = alternative.trim().split(' ')
    return /^[a-z]+$/.test(word) ? [{ word }] : []
  })
}

/** The parsed line; undefined for one that cannot be parsed yet. */
function understood(
  before: readonly string[],
  command: SummarisedCommand,
  options: ParseOptions,
): Invocation | undefined {
  try {
    return parse(before, command, options)
  } catch {
    return undefined
  }
}

/** Values by the placeholder in the flags: `--status <status>`. */
const BY_PLACEHOLDER: Readonly<Record<string, () => Candidates | Promise<Candidates>>> = {
  path: () => 'files',
  file: () => 'files',
  status: () => STATUSES.map((word) => ({ word })),
  'malformed|status': () => ['malformed', ...STATUSES].map((word) => ({ word })),
  code: async () =>
    (await (await import('../../backends/rules.ts')).allRules()).map(({ code, title }) => ({
      word: code,
      summary: title,
    })),
}

/** The values that an option may take, as far as they are known. */
export async function valuesOf({ io }: Context, spec: OptionSpec): Promise<Candidates> {
  if (spec.choices) return spec.choices.map((word) => ({ word }))
  if (spec === globalOptions.layout) return ['auto', ...LAYOUTS].map((word) => ({ word }))
  if (spec === globalOptions.context) return (await readContexts(io.env)).names.map((word) => ({ word }))
  if (spec === globalOptions.output) return spec.summary.split(', ').map((word) => ({ word }))
  const [, placeholder = ''] = /<(.+)>/.exec(spec.flags) ?? []
  return BY_PLACEHOLDER[placeholder]?.() ?? []
}
