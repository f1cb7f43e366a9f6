/** A JSON Schema (2020-12) as plain data. */
export interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly [keyword: string]: unknown
}

/**
 * An object whose fields stand in the order in which they are written. Further fields stay allowed: a later version
 * may add some, and never takes one away or changes its meaning.
 */
export function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required }
}

export const text: Schema = { type: 'string' }
export const flag: Schema = { type: 'boolean' }
export const counter: Schema = { type: 'integer', minimum: 0 }
export const seconds: Schema = { type: 'number', description: 'seconds' }
export const time: Schema = { type: 'string', format: 'date-time' }
export const lease: Schema = { type: 'string', pattern: '^[0-9a-f]+$', description: 'hexadecimal' }

export function listOf(items: Schema): Schema {
  return { type: 'array', items }
}

/** An object with any keys. */
export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values }
}

export function oneOf(words: readonly string[]): Schema {
  return { enum: words }
}

export function described(schema: Schema, description: string): Schema {
  return { ...schema, description }
}

export function refTo(kind: string): Schema {
  return { $ref: `#/$defs/${kind}` }
}
