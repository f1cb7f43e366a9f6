import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Ground } from './ground.ts'

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly schema: object }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}
type Document = Readonly<{ paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }>

const ajv = new Ajv({ strict: true, allErrors: true })
addFormats.default(ajv)

/** What needs more than a path, or does not end: other tests ask for it. */
const OTHERS = new Set(['/registry/watch', '/registry/watch/{service}', '/registry/records/watch'])

let ground: Ground
let document: Document
beforeAll(async () => {
  ground = await Ground.open()
  document = (await (await fetch(`${ground.url}/openapi.json`)).json()) as Document
})
afterAll(() => ground[Symbol.asyncDispose]())

function operations(): { method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
}

function schemasIn({ content = {} }: Content): object[] {
  return Object.values(content).map(({ schema }) => schema)
}

/** The same, of objects that have no field but those that are described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]))
  return 'properties' in parts && !('additionalProperties' in parts) ? { ...parts, additionalProperties: false } : parts
}

/** What an answer has that its schema does not describe. */
function faultsOf({ operation }: { operation: Operation }, status: string, answer: unknown): unknown[] {
  const [schema] = schemasIn(operation.responses[status] ?? {})
  const validate = ajv.compile(closed(schema) as object)
  validate(answer)
  return validate.errors ?? []
}

it('are schemas, all of them', () => {
  const all = operations().flatMap(({ operation: { parameters = [], requestBody = {}, responses } }) => {
    const bodies = [requestBody, ...Object.values(responses)]
    return parameters.map(({ schema }) => schema).concat(bodies.flatMap(schemasIn))
  })
  expect(all.length).toBeGreaterThan(80)
  for (const schema of all) expect(ajv.validateSchema(schema), JSON.stringify([schema, ajv.errors])).toBe(true)
})

it('describe every field of every answer', async () => {
  const metadata = { zone: 'ams' }
  const id = await ground.register('sre', 8080, { metadata })
  const bad = { id: '/microservices/sre/x', service: 'sre', body: Buffer.from('x'), ttlGranted: null }
  for await (const { result } of ground.client.restore([bad])) expect(result).toBe('done')
  const asked = operations().filter(({ method, path }) => method === 'GET' && !OTHERS.has(path))
  for (const one of asked.filter(({ operation }) => operation.responses['200']?.content?.['application/json'])) {
    const query = one.path === '/registry/instance' ? `?service=sre&id=${id}` : ''
    const path = `${one.path.replace('{service}', 'sre').replace('{id}', id)}${query}`
    const answer = await fetch(`${ground.url}${path}`)
    expect(answer.status, path).toBe(200)
    expect(faultsOf(one, '200', await answer.json()), path).toEqual([])
  }
  expect(asked.length).toBeGreaterThan(12)
})

it('describe every field of a refusal', async () => {
  for (const one of operations().filter(({ path }) => path === '/registry/services/{id}')) {
    const answer = await fetch(`${ground.url}/registry/services/nobody`, { method: one.method })
    expect(answer.status).toBe(404)
    expect(faultsOf(one, '4XX', await answer.json())).toEqual([])
  }
})
