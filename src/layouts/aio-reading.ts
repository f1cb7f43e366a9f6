import { inUrl, parseAddress } from '../model/address.ts'
import type { Metadata } from '../model/instance.ts'
import type { Reading } from '../model/reading.ts'
import { aioObserved } from './aio-status.ts'
import type { AIO } from './aio-value.ts'
import type { GoFields, GoJson } from './go-json.ts'
import type { DecodeOptions, Stored } from './layout.ts'
import { keyProblem, malformed, nameMismatch, shortKey, valueProblem } from './problems.ts'
import { parseKey } from './stored-key.ts'

/** A record as AIO's registry reads it. Its liveness is in the value, so it depends on the time. */
export function readAio(stored: Stored, json: GoJson<typeof AIO>, options: DecodeOptions): Reading {
  const key = parseKey(stored)
  const fields = 'fields' in json ? json.fields : {}
  const { id = '', name = '' } = fields
  const endpoints = endpointsOf(fields)
  const known = { id: id || key?.id, name: key?.name || name, endpoints }
  const problem = keyProblem(key, stored, known) ?? valueProblem(json, stored, known)
  if (problem) return problem
  if (key?.id === undefined) return shortKey(stored, known)
  if (name === '') return malformed('empty-name', 'the value has no service name', '"name":""', known)
  if (id === '') return malformed('empty-id', 'the value has no instance id', '"id":""', known)
  if (key.after(name) === undefined) return nameMismatch(name, known)
  const metadata = fields.metadata ?? {}
  return {
    is: 'instance',
    instance: { id, name, version: versionOf(metadata), metadata, endpoints },
    ...withLease(aioObserved(fields, options), stored),
  }
}

/** AIO has one address; one that already is a URL is left as it is. */
function endpointsOf({ protocol = '', address = '' }: GoFields<typeof AIO>): string[] {
  if (address === '') return []
  return [protocol === '' || address.includes('://') ? address : `${protocol}://${inUrlIfScoped(address)}`]
}

/** Of an IPv6 address with a zone the sign before it is escaped in a URL; all else stays as it is written. */
function inUrlIfScoped(address: string): string {
  const parsed = address.includes('%') ? parseAddress(address) : undefined
  return parsed ? `${inUrl(parsed.host)}:${parsed.port}` : address
}

function versionOf(metadata: Metadata): string {
  return (Object.hasOwn(metadata, 'version') ? metadata['version'] : undefined) ?? ''
}

function withLease(seen: ReturnType<typeof aioObserved>, { lease, owner }: Stored): ReturnType<typeof aioObserved> {
  if (lease === undefined) return seen
  return { ...seen, observed: { ...seen.observed, lease, ...(owner === undefined ? {} : { owner }) } }
}
