import { Ajv, type ValidateFunction } from 'ajv'

/**
 * A value of another type is refused, not made to fit; what is not known is passed over, as Go does. That our own schemas
 * are schemas is tested, and need not be checked at each start.
 */
const OPTIONS = { coerceTypes: false, removeAdditional: false, useDefaults: false, meta: false, validateSchema: false }

/** One for all servers of a process: it knows what it has compiled. */
const ajv = new Ajv(OPTIONS)

/** Fastify's validator compiler, which compiles a schema when the first request comes to it: most of a start would be that. */
export function validatorOf({ schema }: { readonly schema: unknown }): (data: unknown) => boolean {
  let compiled: ValidateFunction | undefined
  const validate = (data: unknown): boolean => {
    compiled ??= ajv.compile(schema as object)
    const valid = compiled(data)
    validate.errors = compiled.errors
    return valid
  }
  validate.errors = undefined as ValidateFunction['errors']
  return validate
}
