import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect } from 'vitest'
import { schemaFor } from '../../src/cli/schema/index.ts'

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
addFormats.default(ajv)
const validate = ajv.compile(schemaFor())

/** Holds a printed object against the published schema of its kind. */
export function validated(value: unknown): void {
  validate(value)
  expect(validate.errors ?? []).toEqual([])
}
