import type { Candidate } from '../balance/candidate.ts'
import { parseAddress, parseEndpoint } from '../model/endpoint.ts'
import type { ServiceInstance } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { identityOf } from '../reports/difference.ts'

/** An instance that was chosen, and where it is called. */
export interface Picked {
  readonly instance: ServiceInstance
  /** The endpoint as it is stored: a URL, or a bare address where the registry holds no more. */
  readonly url: string
  /** `host:port`, IPv6 in brackets. */
  readonly address: string
}

export interface PickCandidate extends Candidate, Picked {
  readonly entry: InstanceEntry
}

/** The instance with its first endpoint that can be dialled, of those schemes where some are named; undefined without one. */
export function candidateOf(entry: InstanceEntry, schemes: readonly string[] = []): PickCandidate | undefined {
  const { instance, observed } = entry
  for (const url of instance.endpoints) {
    const address = addressOf(url, schemes)
    if (address !== undefined) return { key: identityOf(entry), weight: observed.weight, entry, instance, url, address }
  }
  return undefined
}

function addressOf(url: string, schemes: readonly string[]): string | undefined {
  const endpoint = parseEndpoint(url)
  if (endpoint.is === 'flaw') return schemes.length === 0 && parseAddress(url) ? url : undefined
  return schemes.length === 0 || schemes.includes(endpoint.scheme) ? endpoint.address : undefined
}
