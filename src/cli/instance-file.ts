import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { RollcallError, messageOf } from '../model/errors.ts'
import { type InputOptions, type InstanceDescription, type InstanceInput, instanceFrom } from './instance-input.ts'
import type { Context } from './context.ts'

/** Instances from a YAML or JSON file, `-` for standard input: one, a list, or a list under `items` as `ls -o json` writes it. */
export async function instancesFromFile(
  { io, signal }: Pick<Context, 'io' | 'signal'>,
  path: string,
  options: InputOptions,
): Promise<InstanceInput[]> {
  const { parse } = await import('yaml')
  let content: unknown
  try {
    content = parse(path === '-' ? await io.stdin.text(signal) : await readFile(resolve(io.cwd, path), 'utf8'))
  } catch (error) {
    signal.throwIfAborted()
    throw new RollcallError('usage', `cannot read instances from ${path}: ${messageOf(error).split('\n')[0]}`, {
      hint: 'it holds YAML or JSON with name and endpoints',
      cause: error,
    })
  }
  const items: unknown = isObject(content) && Array.isArray(content.items) ? content.items : content
  const described = Array.isArray(items) ? items : [items]
  if (described.length === 0)
    throw new RollcallError('usage', `${path} holds no instance`, { hint: 'give each a name and endpoints' })
  return described.map((item, at) => instanceFrom(checked(item, `${path}, instance ${at + 1}`), options))
}

function checked(item: unknown, where: string): InstanceDescription {
  const wrong = (field: string, wanted: string) =>
    new RollcallError('usage', `${where}: ${field} is not ${wanted}`, {
      hint: 'the fields are those of `rollcall schema Instance`',
    })
  if (!isObject(item))
    throw new RollcallError('usage', `${where} is no object`, { hint: 'give it a name and endpoints' })
  const { name, id, version, metadata, endpoints, weight, env } = item
  if (typeof name !== 'string') throw wrong('name', 'a text')
  for (const [field, value] of Object.entries({ id, version, env })) {
    if (value !== undefined && typeof value !== 'string') throw wrong(field, 'a text')
  }
  if (weight !== undefined && !Number.isInteger(weight)) throw wrong('weight', 'a whole number')
  if (!isListOfTexts(endpoints)) throw wrong('endpoints', 'a list of texts')
  if (metadata !== undefined && !(isObject(metadata) && isListOfTexts(Object.values(metadata)))) {
    throw wrong('metadata', 'an object of texts')
  }
  return { ...(item as object as InstanceDescription), name, endpoints }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
