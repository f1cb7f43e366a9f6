import { RollcallError } from '../model/errors.ts'
import { advice } from '../model/wording.ts'

/** An instance as a file or the flags describe it. */
export interface InstanceDescription {
  readonly name: string
  readonly id?: string
  readonly version?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly endpoints: readonly string[]
  readonly weight?: number
  readonly env?: string
}

/** The description of one instance, its fields checked. @throws RollcallError `usage`, beginning with `where` */
export function checkedDescription(item: unknown, where: string): InstanceDescription {
  const wrong = (field: string, wanted: string) =>
    new RollcallError('usage', `${where}: ${field} is not ${wanted}`, {
      hint: `the fields are those of ${advice('fields')}`,
    })
  if (!isObject(item))
    throw new RollcallError('usage', `${where} is not an object`, { hint: 'give it a name and endpoints' })
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
