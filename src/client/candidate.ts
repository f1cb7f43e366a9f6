import type { Candidate } from '../balance/candidate.ts'
import { parseAddress, parseEndpoint } from '../model/endpoint.ts'
import type { ServiceInstance } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { identityOf } from '../reports/difference.ts'

/** A chosen instance and the address to call it at. */
export interface Picked {
  readonly instance: ServiceInstance
  /** The endpoint as it is stored: a URL, or a bare `host:port` where the registry stores nothing else. */
  readonly url: string
  /** `host:port`, IPv6 in brackets. */
  readonly address: string
}

/** An instance that can be chosen. */
export interface PickCandidate extends Candidate, Picked {
  readonly entry: InstanceEntry
}

/** Whether endpoints of a scheme can be chosen; '' stands for an address without a scheme. */
export type Accepts = (scheme: string) => boolean

/** Only these schemes; any where none is named. */
export function accepting(schemes: string | readonly string[] | undefined): Accepts {
  if (schemes === undefined) return () => true
  const named = new Set([schemes].flat())
  return (scheme) => named.has(scheme)
}

/**
 * The instance with its first endpoint that can be dialled and whose scheme is accepted; undefined when it has none.
 */
export function candidateOf(entry: InstanceEntry, accepts: Accepts = () => true): PickCandidate | undefined {
  const { instance, observed } = entry
  for (const url of instance.endpoints) {
    const address = addressOf(url, accepts)
    const { weight, registryWeight } = observed
    if (address !== undefined) return { key: identityOf(entry), weight, registryWeight, entry, instance, url, address }
  }
  return undefined
}

function addressOf(url: string, accepts: Accepts): string | undefined {
  const endpoint = parseEndpoint(url)
  if (endpoint.is === 'flaw') return accepts('') && parseAddress(url) ? url : undefined
  return accepts(endpoint.scheme) ? endpoint.address : undefined
}
