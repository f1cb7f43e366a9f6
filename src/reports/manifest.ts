import type { Status } from '../model/status.ts'

/** Where something stands in a manifest, both from 1. */
export interface ManifestPlace {
  readonly line: number
  readonly column: number
}

/** What a manifest says about one service, or about the services that a pattern matches. */
export interface ServiceClaims {
  /** A service's name or a glob. */
  readonly name: string
  readonly at: ManifestPlace
  /** The instances with these statuses count. */
  readonly statuses: readonly Status[]
  readonly claims: readonly ServiceClaim[]
}

/** One claim about a service. All but `status` are about the instances that count. */
export type ServiceClaim = { readonly at: ManifestPlace } & (
  | { readonly claim: 'min' | 'max'; readonly wanted: number }
  /** Every instance has one of these. */
  | { readonly claim: 'status'; readonly wanted: readonly Status[] }
  /** Every instance has one of these; globs match. */
  | { readonly claim: 'versions'; readonly wanted: readonly string[] }
  /** Every instance has an endpoint of each. */
  | { readonly claim: 'schemes'; readonly wanted: readonly string[] }
  /** Every instance has one of these values under the key; globs match. */
  | { readonly claim: 'metadata'; readonly key: string; readonly wanted: readonly string[] }
  /** The instances have at least so many different values under a metadata key, or so many hosts. */
  | { readonly claim: 'spread'; readonly by: string; readonly wanted: number }
)

/** What to do about a service that the manifest does not name. */
export const UNEXPECTED = ['fail', 'warn', 'ignore'] as const
export type Unexpected = (typeof UNEXPECTED)[number]

/** What is to hold of a registry. */
export interface Manifest {
  readonly services: readonly ServiceClaims[]
  /** At most so many records that no client can use; any number where it is left out. */
  readonly malformed?: { readonly wanted: number; readonly at: ManifestPlace }
  readonly unexpected?: { readonly wanted: Unexpected; readonly at: ManifestPlace }
}
