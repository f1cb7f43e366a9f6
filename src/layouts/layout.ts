import type { InstanceInit } from '../model/instance.ts'
import type { LayoutName } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import type { FolderFacts } from '../model/record.ts'
import type { Status } from '../model/status.ts'

/** How instances are stored in a key-value store. Knows keys and values, does no I/O, never throws on what it reads. */
export interface Layout {
  readonly name: LayoutName
  readonly defaultPrefix: string
  /** Whether a record lives by a lease; otherwise its liveness is in the value. */
  readonly leased: boolean
  /** One record each; throws `usage` for what the layout cannot hold. */
  encode(instance: InstanceInit, options: LayoutEncodeOptions): StoredText[]
  decode(stored: Stored, options: DecodeOptions): Reading
  /** The value after one heartbeat; undefined where a lease does it. */
  renew?(value: Uint8Array, now: number): Uint8Array | undefined
  /** The value with another status; undefined where the value is not of this layout. */
  setStatus?(value: Uint8Array, status: Status, now: number): Uint8Array | undefined
}

export interface LayoutEncodeOptions {
  readonly prefix: string
  readonly now: number
  readonly weight?: number
  readonly env?: string
  /** Only where the layout has `setStatus`. */
  readonly status?: Status
}

export interface StoredText {
  readonly key: string
  readonly value: string
}

export interface Stored {
  readonly key: Uint8Array
  /** The key once more, where it is known to be printable text. */
  readonly keyText?: string
  readonly value: Uint8Array
  readonly lease?: string
  readonly createdAt?: number
  /** The process whose session the lease is, as people read it, in a store that has sessions. */
  readonly owner?: string
  /** The prefix under which it was found, without the slash that ends it. */
  readonly prefix: string
}

export interface DecodeOptions {
  readonly now: number
  /** Milliseconds after which an AIO record that was not renewed counts as expired. */
  readonly aioTtl: number
  /** What is known of the folder that the record lies in, where that decides: under a prefix that no layout owns. */
  readonly folder?: FolderFacts
  /** The store is a tree: Kratos takes all that lies in a service's folder for instances of it, whatever name they give themselves. */
  readonly folders?: boolean
}
