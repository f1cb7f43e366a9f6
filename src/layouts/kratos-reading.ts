import { KNOWN_SCHEMES, parseEndpoint } from '../model/endpoint.ts'
import type { Reading } from '../model/reading.ts'
import type { GoFields, GoJson } from './go-json.ts'
import type { KratosText } from './kratos-text.ts'
import type { KRATOS } from './kratos-value.ts'
import type { DecodeOptions, Stored } from './layout.ts'
import { leasedObserved } from './leased.ts'
import { type Known, keyProblem, malformed, nameMismatch, shortKey, valueProblem } from './problems.ts'
import { parseKey, type StoredKey } from './stored-key.ts'

/**
 * A record as Kratos' clients see it. In a flat store they read every key that begins with `{prefix}/{name}` and keep
 * what has that name in its JSON, whatever follows in the key; in a tree they take all that lies in the folder.
 */
export function readKratos(
  stored: Stored,
  json: GoJson<typeof KRATOS> | KratosText,
  { folders = false }: Pick<DecodeOptions, 'folders'>,
): Reading {
  const key = parseKey(stored)
  const fields = 'fields' in json ? json.fields : {}
  const known: Known = {
    id: fields.id || key?.id,
    name: key?.name || fields.name,
    endpoints: fields.endpoints ?? [],
  }
  const problem = keyProblem(key, stored, known) ?? valueProblem(json, stored, known)
  if (problem || !key) return problem ?? shortKey(stored, known)
  return (
    namelessness(fields, known) ??
    misplacement(stored, key, { folders, known, name: fields.name ?? '' }) ??
    instanceOf(stored, key, json)
  )
}

function namelessness({ id, name }: GoFields<typeof KRATOS>, known: Known): Reading | undefined {
  if (!name) return malformed('empty-name', 'the value has no service name', '"name":""', known)
  return id ? undefined : malformed('empty-id', 'the value has no instance id', '"id":""', known)
}

/** Where no client finds it by the name in its value. */
function misplacement(
  stored: Stored,
  key: StoredKey,
  { folders, known, name }: { folders: boolean; known: Known; name: string },
): Reading | undefined {
  const isFound = key.after(name) !== undefined
  if (key.id === undefined && (folders || !isFound)) return shortKey(stored, known)
  return folders || isFound ? undefined : nameMismatch(name, known)
}

function instanceOf(stored: Stored, key: StoredKey, value: GoJson<typeof KRATOS> | KratosText): Reading {
  const fields = 'fields' in value ? value.fields : {}
  const json = 'json' in value ? value.json : undefined
  const { id = '', name = '', version = '' } = fields
  const metadata = fields.metadata ?? {}
  const endpoints = fields.endpoints ?? []
  const instance = { id, name, version, metadata, endpoints }
  if (isSchemeForm(key.after(name) ?? '', id, endpoints))
    return { is: 'instance', instance, observed: leasedObserved(stored, 'kratos-scheme', metadata), groupKey: id }
  return { is: 'instance', instance, observed: leasedObserved(stored, 'kratos', metadata), json }
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
