import type { Manifest } from '../../reports/manifest.ts'
import type { SidePart } from '../../client/diff/cursor.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Context } from '../command.ts'
import type { Listing } from '../select/listing.ts'

/** What a user names as one end of `diff`, `import` or `copy`. Disposing closes the registry, if it is one. */
export type Side = RegistrySide | FileSide | ManifestSide

/** A side that has instances. It may be read several times. */
export type InstanceSide = RegistrySide | FileSide

export interface RegistrySide extends AsyncDisposable {
  readonly is: 'registry'
  /** The context's name or the URL, as the user wrote it. */
  readonly name: string
  /** The command's context, with this registry in the place of its own: what reads and writes a registry takes it. */
  readonly context: Context
  read(listing: Listing): SideScan
}

export interface FileSide extends AsyncDisposable {
  readonly is: 'file'
  /** The path as given, or `standard input`. */
  readonly name: string
  read(listing: Listing): SideScan
}

export interface ManifestSide extends AsyncDisposable {
  readonly is: 'manifest'
  readonly name: string
  /** As given; absent for standard input. */
  readonly path?: string
  readonly manifest: Manifest
}

/**
 * The instances of a side that a listing chooses, in the order of services that keys in a key-value store have; those of one
 * service together, in the side's own order. A status that a file does not say is `unknown`, and its entries have no records.
 */
export interface SideScan {
  /** In the batches in which they are read. */
  batches(): AsyncIterable<readonly InstanceEntry[]>
  /** The same; those of canonical records may come undecoded. */
  parts(): AsyncIterable<SidePart>
  /** Final when the last batch was read. */
  readonly facts: SideFacts
}

export interface SideFacts {
  /** Those that were chosen. */
  readonly instances: number
  /** Records that no client can use. */
  readonly malformed: number
  /** Records of other programs. */
  readonly foreign: number
  readonly revision?: string
  /**
   * Which part the user has no permission to read, as one sentence; absent when there is none. What is missing on such a side
   * may well be there: it must never count as absent.
   */
  readonly unreadable?: string
}
