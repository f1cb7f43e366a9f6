import { resolve } from 'node:path'
import type { Environment } from '../backends/contract/driver.ts'
import { RollcallError } from '../model/errors.ts'
import { readContexts } from './contexts.ts'
import { absoluteRegistry } from './description.ts'
import { readKratosConfig } from './kratos-config.ts'
import { type Fields, type SecretValues, notEmpty } from './layers.ts'
import { PROJECT_FILE, findProjectFile } from './project-file.ts'
import { takesOne } from './several.ts'
import { type Protection, UNPROTECTED } from '../reports/protection.ts'
import { type GlobalFlags, type Origin, flagOf, variableOf } from './settings.ts'
import { type Trust, strangersOf, trustOf } from './trust.ts'

/** The chosen registry, with the fields from the same source. */
export interface NamedRegistry extends Protection {
  readonly registry: string
  readonly fields: Fields
  readonly secrets?: SecretValues
  /** The source of the choice: `--registry`, `context prod`, `rollcall.yaml`. */
  readonly from: string
  /** Whether a flag chose it: then the fields beside it come before all variables. */
  readonly byFlag: boolean
  readonly context?: string
  readonly readOnly: boolean
  readonly confirm?: 'name'
  /** Set when only an untrusted project file names it. */
  readonly suspect?: Suspect
  /** How the source was found: `context` from `ROLLCALL_CONTEXT`. */
  readonly origins: readonly Origin[]
}

/** A project file that another user may have written: no credentials are sent to the registry that it names. */
export interface Suspect {
  /** Absolute. */
  readonly path: string
  readonly trust: Exclude<Trust, 'trusted'>
}

type Way = 'registry' | 'context' | 'kratosConfig'
const WAYS: readonly Way[] = ['registry', 'context', 'kratosConfig']

interface Place {
  readonly env: Environment
  readonly cwd: string
  readonly warn: (message: string) => void
}

/**
 * Chooses the registry: the flags, then their variables, then a project file upwards, then the current context.
 *
 * @throws RollcallError `config` where nothing names one, or where a place that should cannot be read.
 */
export async function nameRegistry(flags: GlobalFlags, place: Place): Promise<NamedRegistry> {
  for (const way of WAYS) {
    const value = flags[way]
    if (value !== undefined) return follow(way, notEmpty(value, flagOf(way)), flagOf(way), true, place)
  }
  for (const way of WAYS) {
    const value = place.env[variableOf(way)]
    if (value !== undefined) return follow(way, notEmpty(value, variableOf(way)), variableOf(way), false, place)
  }
  return (await fromProject(place)) ?? (await fromCurrentContext(place))
}

function follow(way: Way, value: string, from: string, byFlag: boolean, place: Place): Promise<NamedRegistry> {
  if (way === 'context') return inContext(value, from, byFlag, place)
  if (way === 'kratosConfig') return inKratosConfig(value, from, byFlag, place)
  const registry = absoluteRegistry(value, place.cwd)
  return Promise.resolve({ registry, fields: {}, from, byFlag, readOnly: false, ...UNPROTECTED, origins: [] })
}

async function inContext(name: string, from: string, byFlag: boolean, { env }: Place): Promise<NamedRegistry> {
  if (name.includes(',')) throw takesOne(name)
  const { registry = '', ...description } = (await readContexts(env)).get(name)
  const origins = [{ name: 'context', value: name, from }]
  return { ...description, registry, context: name, from: `context ${name}`, byFlag, origins }
}

async function inKratosConfig(
  path: string,
  from: string,
  byFlag: boolean,
  { cwd, env, warn }: Place,
): Promise<NamedRegistry> {
  const found = await readKratosConfig(resolve(cwd, path), env, warn)
  const origins = [{ name: 'kratos-config', value: path, from }]
  return { ...found, from: `Kratos configuration ${path}`, byFlag, readOnly: false, ...UNPROTECTED, origins }
}

async function fromProject(place: Place): Promise<NamedRegistry | undefined> {
  const file = await findProjectFile(place.cwd, strangersOf(place))
  if (!file) return undefined
  if (!('registry' in file.is)) return inContext(file.is.context, file.name, false, place)
  const trust = await trustOf(file, place.env)
  const suspect = trust === 'trusted' ? {} : { suspect: { path: file.path, trust } }
  return { ...file.is, ...suspect, from: file.name, byFlag: false, origins: [] }
}

async function fromCurrentContext(place: Place): Promise<NamedRegistry> {
  const contexts = await readContexts(place.env)
  if (contexts.current !== undefined) return inContext(contexts.current, 'the current context', false, place)
  const flags = WAYS.map(flagOf).join(', ')
  const variables = WAYS.map(variableOf).join(', ')
  const looked = `looked for ${flags}; ${variables}; ${PROJECT_FILE} in ${place.cwd} and above; a current context in ${contexts.path}`
  throw new RollcallError('config', `no registry is named (${looked})`, {
    hint: 'name one: --registry etcd://127.0.0.1:2379, or rollcall context add NAME --registry URL and rollcall context use NAME',
  })
}
