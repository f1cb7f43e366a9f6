import { KNOWN_SCHEMES, parseEndpoint } from '../model/endpoint.ts'
import type { Reading } from '../model/reading.ts'
import type { GoFields, GoJson } from './go-json.ts'
import type { KRATOS } from './kratos-value.ts'
import type { Stored } from './layout.ts'
import { leasedObserved } from './leased.ts'
import { type Known, keyProblem, malformed, nameMismatch, shortKey, valueProblem } from './problems.ts'
import { parseKey, type StoredKey } from './stored-key.ts'

/**
 * A record as Kratos' clients see it: they read every key that begins with `{prefix}/{name}` and keep what has that
 * name in its JSON, whatever follows in the key.
 */
export function readKratos(stored: Stored, json: GoJson<typeof KRATOS>): Reading {
  const key = parseKey(stored)
  const fields = 'fields' in json ? json.fields : {}
  const known: Known = {
    id: fields.id || key?.id,
    name: key?.name || fields.name,
    endpoints: fields.endpoints ?? [],
  }
  const problem = keyProblem(key, stored, known) ?? valueProblem(json, stored, known)
  if (problem || !key) return problem ?? shortKey(stored, known)
  return readFields(stored, key, fields, known)
}

function readFields(stored: Stored, key: StoredKey, fields: GoFields<typeof KRATOS>, known: Known): Reading {
  const { id = '', name = '', version = '' } = fields
  if (name === '') return malformed('empty-name', 'the value has no service name', '"name":""', known)
  if (id === '') return malformed('empty-id', 'the value has no instance id', '"id":""', known)
  const tail = key.after(name)
  if (tail === undefined) return key.id === undefined ? shortKey(stored, known) : nameMismatch(stored, name, known)
  const metadata = fields.metadata ?? {}
  const endpoints = fields.endpoints ?? []
  const spread = isSchemeForm(tail, id, endpoints)
  return {
    is: 'instance',
    instance: { id, name, version, metadata, endpoints },
    observed: leasedObserved(stored, spread ? 'kratos-scheme' : 'kratos', metadata),
    ...(spread && { spread: id }),
  }
}

/** Whether a scheme stands between name and id, and nothing else. */
function isSchemeForm(tail: string, id: string, endpoints: readonly string[]): boolean {
  if (tail.length <= id.length + 2 || !tail.startsWith('/') || !tail.endsWith(`/${id}`)) return false
  const scheme = tail.slice(1, -id.length - 1)
  return KNOWN_SCHEMES.has(scheme) || endpoints.some((endpoint) => schemeOf(endpoint) === scheme)
}

function schemeOf(endpoint: string): string | undefined {
  return parseEndpoint(endpoint).scheme
}
