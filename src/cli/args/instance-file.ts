import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Backend, WriteOptions } from '../../backends/contract/backend.ts'
import { type InstanceDescription, checkedDescription } from '../../reports/description.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { requireFormat } from '../../model/file-format.ts'
import { generateInstanceId } from '../../model/instance-id.ts'
import type { Context } from '../command.ts'
import { type InstanceInput, type PlaceToWrite, instanceFrom } from './instance-input.ts'

/** An instance that cannot be registered, and why. */
export interface UnfitInstance {
  readonly instance: Pick<InstanceDescription, 'name'> & { readonly id: string }
  readonly error: RollcallError
}

export interface FileContent {
  readonly inputs: readonly InstanceInput[]
  readonly unfit: readonly UnfitInstance[]
}

/**
 * Instances from a YAML or JSON file, `-` for standard input: one, a list, a list under `items` as `ls -o json` writes
 * it, or one a line as `ls -o ndjson` does. @throws RollcallError `usage` for a file that does not hold instances
 */
export async function instancesFromFile(
  { io, signal }: Pick<Context, 'io' | 'signal'>,
  path: string,
  place: PlaceToWrite,
): Promise<FileContent> {
  let content: unknown
  try {
    const text = path === '-' ? await io.stdin.text(signal) : await readFile(resolve(io.cwd, path), 'utf8')
    content = await contentOf(text)
    requireFormat(path, content)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof RollcallError) throw error
    throw new RollcallError('usage', `cannot read instances from ${path}: ${messageOf(error).split('\n')[0]}`, {
      hint: 'it must be YAML or JSON with name and endpoints',
      cause: error,
    })
  }
  const items: unknown = isObject(content) && Array.isArray(content.items) ? content.items : content
  const described = Array.isArray(items) ? items : [items]
  if (described.length === 0)
    throw new RollcallError('usage', `${path} contains no instances`, { hint: 'give each a name and endpoints' })
  const descriptions = described.map((item, at) => checkedDescription(item, `${path}, instance ${at + 1}`))
  const inputs: InstanceInput[] = []
  const unfit: UnfitInstance[] = []
  for (const description of descriptions) {
    try {
      inputs.push(instanceFrom(description, place))
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      unfit.push({ instance: { id: '', ...description }, error })
    }
  }
  return { inputs, unfit }
}

/** What a text holds that is YAML, of which JSON is a part, or has a JSON object a line. Rejects with the error of the YAML library, or with one for an export that is not whole. */
export async function contentOf(text: string): Promise<unknown> {
  const content = linesOf(text) ?? jsonOf(text) ?? (await yamlOf(text))
  const tear = (Array.isArray(content) ? content : [content]).map(tearIn).find((each) => each !== undefined)
  if (tear !== undefined) throw new Error(tear)
  return content
}

/** What an export that failed ends with, as a sentence; undefined for any other object. */
export function tearIn(value: unknown): string | undefined {
  if (!isObject(value) || value.kind !== 'Error') return undefined
  return `the export failed: ${typeof value.message === 'string' ? value.message : 'it does not say why'}`
}

/** Throws for a list whose end is missing, without which its YAML is valid all the same: after the items an export says when they were read. */
async function yamlOf(text: string): Promise<unknown> {
  const content: unknown = (await import('yaml')).parse(text)
  if (isObject(content) && content.kind === 'InstanceList' && content.asOf === undefined)
    throw new Error('the list is cut off: asOf is missing behind the items')
  return content
}

/** What a JSON text holds, without the YAML library, which takes long to load and to read; undefined for any other text. */
function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return memberCount(value) === (text.match(STRING_OR_COLON) ?? []).filter((match) => match === ':').length
      ? value
      : undefined
  } catch {
    return undefined
  }
}

const STRING_OR_COLON = /"(?:[^"\\]|\\.)*"|:/g

/** Of all objects in it. Fewer than the text has colons where a key is there twice, which YAML refuses. */
function memberCount(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside = Object.values(value).reduce((sum: number, each) => sum + memberCount(each), 0)
  return Array.isArray(value) ? inside : inside + Object.keys(value).length
}

/** The JSON objects of a text with one a line; undefined for any other text. */
function linesOf(text: string): unknown[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < 2) return undefined
  try {
    const values = lines.map((line): unknown => JSON.parse(line))
    return values.every(isObject) ? values : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The instances as the registry's layout can store them, apart from those that it cannot. */
export function allHeld(
  backend: Backend,
  { inputs, unfit }: FileContent,
  { settings, ...write }: WriteOptions,
): FileContent {
  const held: InstanceInput[] = []
  const unheld: UnfitInstance[] = []
  for (const input of inputs) {
    try {
      held.push(...asHeld(backend, { ...input, beside: { ...input.beside, settings } }, write))
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
      unheld.push({ instance: input.instance, error })
    }
  }
  return { inputs: held, unfit: [...unfit, ...unheld] }
}

/**
 * The instance itself; or, when it was given no id and the layout stores one endpoint a record, an instance for each
 * endpoint. @throws RollcallError `usage` for an instance that cannot be stored either way
 */
function asHeld(backend: Backend, input: InstanceInput, write: WriteOptions): InstanceInput[] {
  const { instance, idIsGenerated } = input
  const fits = (each: InstanceInput) => backend.encode(each.instance, { ...write, ...each.beside })
  try {
    fits(input)
    return [input]
  } catch (error) {
    const endpoints = instance.endpoints ?? []
    if (!(error instanceof RollcallError) || !idIsGenerated || endpoints.length < 2) throw error
    const each = endpoints.map((endpoint) => alone(input, endpoint))
    for (const one of each) fits(one)
    return each
  }
}

function alone(input: InstanceInput, endpoint: string): InstanceInput {
  const id = generateInstanceId(input.instance.name, [endpoint], input.beside.env)
  return { ...input, instance: { ...input.instance, id, endpoints: [endpoint] } }
}
