import {
  type Contexts,
  addContext,
  readContexts,
  removeContext,
  useContext,
  contextFrom,
} from '../../config/contexts.ts'
import { RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'
import { toggle } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { renderDetails } from '../output/instances.ts'
import { checkOutput, printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'

const ACTIONS = ['add', 'use', 'ls', 'show', 'rm'] as const
const ALIASES: Readonly<Record<string, string>> = {
  list: 'ls',
  get: 'show',
  describe: 'show',
  delete: 'rm',
  remove: 'rm',
}

export const contextCommand = command({
  name: 'context',
  usage: 'add <name> --registry <url> | use <name> | ls | show [name] | rm <name>',
  examples: [
    { line: 'rollcall context add prod --registry etcds://etcd-1:2379 --confirm-name', does: 'give a registry a name' },
    { line: 'rollcall context use prod', does: 'use it from now on' },
    { line: 'rollcall context ls', does: 'all of them; * marks the current one' },
    { line: 'rollcall ls -c prod', does: 'use it once' },
  ],
  notes: [
    'add stores the global flags that it is given (--prefix, --layout, --user, --cacert, …); of a secret it stores only the path of the file.',
    'Contexts are stored in rollcall/config.yaml below XDG_CONFIG_HOME, or ~/.config, where you can edit them.',
  ],
  options: {
    readOnly: toggle('--read-only', 'add: refuse every write to it'),
    confirmName: toggle('--confirm-name', "add: confirm changes by typing the context's name"),
  },
  async run(context, words, options) {
    const [word = '', name, ...more] = words
    const action = ACTIONS.find((each) => each === (ALIASES[word] ?? word))
    if (action === undefined) throw unknownAction(word)
    if (more.length > 0 || (action === 'ls' && name !== undefined)) throw tooMany(action)
    await checkOutput(context, 'ContextList', contextsTable)
    const { env, cwd } = context.io
    if (action === 'ls') return await list(context)
    if (action === 'show') return await show(context, name)
    if (name === undefined) throw nameMissing(action)
    if (action === 'add') {
      const guards = { readOnly: options.readOnly, confirm: options.confirmName }
      await addContext(env, name, contextFrom(context.globals, cwd, guards))
      await context.say(`context ${name} added; rollcall context use ${name} makes it the current one`)
    } else if (action === 'use') {
      await useContext(env, name)
      await context.say(`context ${name} is the current one`)
    } else {
      await removeContext(env, name)
      await context.say(`context ${name} removed`)
    }
    return 0
  },
})

async function list(context: Context): Promise<number> {
  const contexts = await readContexts(context.io.env)
  const writer = await printList(context, 'ContextList', contextsTable)
  const faults: string[] = []
  for (const name of contexts.names.toSorted()) await writer.row(itemOf(contexts, name, faults))
  await writer.end()
  for (const fault of faults) await context.say(fault)
  if (contexts.names.length === 0) await context.say(`no contexts in ${contexts.path}; rollcall context add makes one`)
  return 0
}

/** A context as it is listed. One that cannot be read is listed by its name, so that it can be found and removed. */
function itemOf(contexts: Contexts, name: string, faults: string[]): ContextItem {
  const current = contexts.current === name
  try {
    const { registry, readOnly, confirm } = contexts.get(name)
    return { name, registry, current, readOnly, confirm }
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    faults.push(error.message)
    return { name, current }
  }
}

async function show(context: Context, wanted: string | undefined): Promise<number> {
  const contexts = await readContexts(context.io.env)
  const name = wanted ?? contexts.current
  if (name === undefined) {
    throw new RollcallError('config', `there is no current context in ${contexts.path}`, {
      hint: 'rollcall context use NAME makes one',
    })
  }
  const { registry, readOnly, confirm, fields } = contexts.get(name)
  const thing = { name, registry, current: contexts.current === name, readOnly, confirm, settings: fields }
  const output = parseOutput(context.globals, ['table', 'json', 'ndjson', 'yaml'])
  if (isThingFormat(output.format)) {
    await writeThing(context.io.stdout, 'Context', thing, { format: output.format, fields: output.fields })
    return 0
  }
  const { settings, ...own } = thing
  const rows = Object.entries({ ...own, ...settings }).filter(([, value]) => value !== undefined)
  await context.io.stdout.write(renderDetails(rows.map(([label, value]) => [label, [String(value)]] as const)))
  return 0
}

function unknownAction(word: string): RollcallError {
  const hint = didYouMean(word, ACTIONS) ?? `one of ${ACTIONS.join(', ')}`
  return new RollcallError('usage', word ? `context has no subcommand "${word}"` : 'context needs a subcommand', {
    hint,
  })
}

function nameMissing(action: string): RollcallError {
  return new RollcallError('usage', `context ${action} needs a name`, { hint: `rollcall context ${action} NAME` })
}

function tooMany(action: string): RollcallError {
  const line = action === 'ls' ? 'rollcall context ls' : `rollcall context ${action} NAME`
  return new RollcallError('usage', `context ${action} takes ${action === 'ls' ? 'no name' : 'one name'}`, {
    hint: line,
  })
}

/** A named registry as `context ls` shows it. */
export interface ContextItem {
  readonly name: string
  readonly registry?: string
  readonly current: boolean
  /** Writes are refused. */
  readonly readOnly?: boolean
  readonly confirm?: 'name'
}

export const contextsTable: TableOf<ContextItem> = {
  columns: [
    { name: 'CURRENT', text: (item) => (item.current ? '*' : ' '), data: (item) => String(item.current) },
    {
      name: 'NAME',
      text: (item) => item.name,
      tone: (item) => (item.current ? 'strong' : undefined),
      identifies: true,
    },
    { name: 'REGISTRY', text: (item) => item.registry ?? '' },
    {
      name: 'GUARD',
      text: (item) => [item.readOnly ? 'read-only' : '', item.confirm ? 'confirm' : ''].filter(Boolean).join(','),
    },
  ],
  name: (item) => item.name,
}
