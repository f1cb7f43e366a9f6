import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { PROJECT_FILE, type ProjectFile, findProjectFile, projectFileIn } from '../../config/project-file.ts'
import {
  strangersOf,
  addTrust,
  nearestTrusted,
  readTrust,
  removeTrust,
  stateOf,
  trustPath,
} from '../../config/trust.ts'
import { RollcallError } from '../../model/errors.ts'
import { toggle } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { checkOutput, printList } from '../output/list-writer.ts'

export const trust = command({
  name: 'trust',
  usage: '[path]',
  examples: [
    { line: 'rollcall trust', does: 'the nearest rollcall.yaml, with the content that it has now' },
    { line: 'rollcall trust ./shop', does: 'the rollcall.yaml of that folder' },
    { line: 'rollcall trust --list', does: 'all that are trusted, and which of them have changed since' },
    { line: 'rollcall trust --remove', does: 'stop trusting the nearest one' },
  ],
  notes: [
    'A rollcall.yaml may come from someone else, with a cloned repository. Until you trust it, no user, password, token or client certificate goes to the registry that it names; a command that would need one ends with status 4.',
    'What is trusted is the path and the content: a file that changes has to be trusted again. It is remembered in rollcall/trust.json below XDG_CONFIG_HOME, or ~/.config.',
    'In CI, set ROLLCALL_TRUST_PROJECT to the absolute path of the file, or of a folder above it.',
    'Status 1: --remove, and the file was not trusted. 2: there is no such file, or it is not valid.',
  ],
  options: {
    list: toggle('--list', 'show what is trusted'),
    remove: toggle('--remove', 'stop trusting it'),
  },
  async run(context, words, { list, remove }) {
    const [path, ...more] = words
    if (more.length > 0 || (list && (remove || path !== undefined))) throw misused()
    await checkOutput(context, 'TrustList', trustTable)
    if (list) return await show(context)
    return remove ? await forget(context, path) : await remember(context, path)
  },
})

async function show(context: Context): Promise<number> {
  const { env } = context.io
  const files = await readTrust(env)
  const writer = await printList(context, 'TrustList', trustTable)
  for (const file of files) await writer.row({ path: file.path, state: await stateOf(file), since: file.since })
  await writer.end()
  if (files.length === 0) await context.say(`no project files in ${trustPath(env)}; rollcall trust adds one`)
  return 0
}

async function remember(context: Context, path: string | undefined): Promise<number> {
  const { env } = context.io
  const file = await fileAt(context, path)
  const place = await addTrust(file, env, context.now())
  await context.say(`${place} is trusted with the content that it has now: ${contentOf(file)}`)
  return 0
}

async function forget(context: Context, path: string | undefined): Promise<number> {
  const { env, cwd } = context.io
  const trusted = path === undefined ? await nearestTrusted(cwd, env) : fileIn(resolve(cwd, path))
  const place = await removeTrust(trusted ?? resolve(cwd, PROJECT_FILE), env)
  await context.say(`${place} is no longer trusted`)
  return 0
}

async function fileAt(context: Context, path: string | undefined): Promise<ProjectFile> {
  const { env, cwd } = context.io
  const strangers = strangersOf({ env, warn: (message) => context.logger.warn(message) })
  const found = path === undefined ? await findProjectFile(cwd, strangers) : await named(resolve(cwd, path))
  if (found) return found
  throw new RollcallError(
    'config',
    `there is no ${PROJECT_FILE} to trust ${path === undefined ? `in ${cwd} or above` : `at ${path}`}`,
    {
      hint: `name the folder of one: rollcall trust FOLDER`,
    },
  )

  async function named(place: string): Promise<ProjectFile | undefined> {
    const isFolder = (await stat(place).catch(() => undefined))?.isDirectory() === true
    if (isFolder) return await projectFileIn(place, strangers)
    return basename(place) === PROJECT_FILE ? await projectFileIn(dirname(place), strangers) : undefined
  }
}

/** The path of a project file, given itself or by its folder. */
function fileIn(place: string): string {
  return basename(place) === PROJECT_FILE ? place : resolve(place, PROJECT_FILE)
}

/** The settings of a project file on one line, so that the user sees what is trusted. */
function contentOf({ is }: ProjectFile): string {
  if ('context' in is && !('registry' in is)) return `context ${is.context}`
  const fields = Object.entries(is.fields).map(([name, value]) => `${name} ${value}`)
  return [`registry ${is.registry}`, ...fields, ...(is.readOnly ? ['readOnly'] : [])].join(', ')
}

function misused(): RollcallError {
  return new RollcallError('usage', 'trust takes one path at most, and --list none', {
    hint: 'rollcall trust [path], rollcall trust --list, or rollcall trust --remove [path]',
  })
}

/** A project file that the user trusts, as `trust --list` shows it. */
export interface TrustItem {
  readonly path: string
  /** `changed`: the content is not the content that was trusted. */
  readonly state: 'trusted' | 'changed' | 'gone'
  /** RFC 3339. */
  readonly since: string
}

export const trustTable: TableOf<TrustItem> = {
  columns: [
    { name: 'PATH', text: (item) => item.path, tone: () => 'strong', identifies: true },
    { name: 'STATE', text: (item) => item.state },
    { name: 'SINCE', text: (item) => item.since },
  ],
  name: (item) => item.path,
}
