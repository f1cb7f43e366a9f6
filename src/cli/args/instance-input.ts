import type { EncodeOptions } from '../../backends/contract/backend.ts'
import type { Target } from '../../backends/contract/driver.ts'
import type { InstanceDescription } from '../../reports/description.ts'
import { requireDialable } from '../../client/dialable.ts'
import { RollcallError } from '../../model/errors.ts'
import { generateInstanceId } from '../../model/instance-id.ts'
import type { InstanceInit } from '../../model/instance.ts'
import { checkWritableName } from '../../model/writable-name.ts'

/** An instance as a user describes it, with what the registry may hold beside it. */
export interface InstanceInput {
  readonly instance: InstanceInit
  /** No id was given, so the instance may be split into several. */
  readonly idIsGenerated: boolean
  readonly beside: Pick<EncodeOptions, 'weight' | 'env' | 'settings'>
}

/** Where instances are to be written, which decides what an endpoint may be. */
export type PlaceToWrite = Pick<Target, 'layout' | 'prefix'>

/** The flags of `register` that describe an instance. */
export interface InstanceFlags {
  readonly endpoint: readonly string[]
  readonly id: string | undefined
  readonly version: string | undefined
  readonly meta: readonly string[]
  readonly weight: string | undefined
  readonly env: string | undefined
}

/** The instance that the flags of `register` describe. @throws RollcallError `usage` for one that cannot be registered */
export function instanceFromFlags(name: string, flags: InstanceFlags, place: PlaceToWrite): InstanceInput {
  if (flags.endpoint.length === 0) {
    throw new RollcallError('usage', 'no endpoint given', {
      hint: 'add --endpoint grpc://10.0.0.1:9000; it may be repeated',
    })
  }
  const description = {
    name,
    ...(flags.id === undefined ? {} : { id: flags.id }),
    ...(flags.version === undefined ? {} : { version: flags.version }),
    ...(flags.meta.length === 0 ? {} : { metadata: Object.fromEntries(flags.meta.map(keyAndValue)) }),
    ...(flags.weight === undefined ? {} : { weight: wholeNumber(flags.weight) }),
    ...(flags.env === undefined ? {} : { env: flags.env }),
    endpoints: flags.endpoint,
  }
  return instanceFrom(description, place)
}

/** Checks a description and gives it an id where it has none. @throws RollcallError `usage` */
export function instanceFrom(description: InstanceDescription, place: PlaceToWrite): InstanceInput {
  const { name, id, version, metadata, endpoints, weight, env } = description
  checkWritableName('name', name)
  const ownId = id ?? generateInstanceId(name, endpoints, env)
  checkWritableName('id', ownId)
  requireDialable(endpoints, place)
  const instance = {
    id: ownId,
    name,
    ...(version === undefined ? {} : { version }),
    ...(metadata === undefined ? {} : { metadata }),
    endpoints,
  }
  const beside = { ...(weight === undefined ? {} : { weight }), ...(env === undefined ? {} : { env }) }
  return { instance, idIsGenerated: id === undefined, beside }
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new RollcallError('usage', `--meta ${text} is not key=value`, { hint: 'write for example --meta zone=a' })
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number
  throw new RollcallError('usage', `--weight ${text} is not a whole number`, { hint: 'write for example --weight 100' })
}
