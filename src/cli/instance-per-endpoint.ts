import type { Backend, WriteOptions } from '../backends/contract/backend.ts'
import { RollcallError } from '../model/errors.ts'
import { generateInstanceId } from '../model/instance-id.ts'
import type { InstanceInput } from './instance-input.ts'

/**
 * What is registered of an input that was given no id: itself, or an instance for each endpoint where the layout holds
 * one endpoint a record. @throws RollcallError `usage` for what it cannot hold either way
 */
export function asHeld(backend: Backend, input: InstanceInput, write: WriteOptions): InstanceInput[] {
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
