import type { InstanceInit, ServiceInstance } from '../model/instance.ts'
import type { LayoutName, Observed } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import type { FolderFacts } from '../model/record.ts'
import type { Status } from '../model/status.ts'
import type { Marked, RecordSign } from './record-sign.ts'

/** `flat`: etcd and the embedded registry, whose keys are bytes; `tree`: ZooKeeper. */
export type StoreKind = 'flat' | 'tree'

/** How instances are stored in a key-value store. Knows keys and values, does no I/O, never throws on what it reads. */
export interface Layout {
  readonly name: LayoutName
  /** Where a new record is written when no prefix is named; empty: at the beginning of the key. */
  readonly defaultPrefix: string
  /** The prefixes that are its own, by the kind of store; a kind that is left out never holds it. */
  readonly prefixes: Readonly<Partial<Record<StoreKind, readonly string[]>>>
  /** Its own prefixes are read only when they are named, since its records say too little of themselves. */
  readonly onlyNamed?: true
  /**
   * The service's name in a key whose part below the prefix begins at `start`; undefined for a key of another form. Left out
   * where it is the first segment there. Such a layout is read under its own prefixes and those named with it, since no other
   * reader would know where to find a service.
   */
  readonly below?: (key: Uint8Array, start: number) => Uint8Array | undefined
  /** An instance can have several records under keys of their own, so that their readings have a `groupKey`. */
  readonly hasParts?: true
  /** Whether a record lives by a lease; otherwise its liveness is in the value. */
  readonly leased: boolean
  /** By what its records are recognised under any prefix; left out where nothing tells them. */
  readonly sign?: RecordSign
  /** One record each; throws `usage` for what the layout cannot hold. */
  encode(instance: InstanceInit, options: LayoutEncodeOptions): StoredText[]
  decode(stored: Stored, options: DecodeOptions): Reading
  /** The value after one heartbeat; undefined where a lease does it. */
  renew?(value: Uint8Array, now: number): Uint8Array | undefined
  /** The value with another status; undefined where the value is not of this layout. */
  setStatus?(value: Uint8Array, status: Status, now: number): Uint8Array | undefined
  /** Why rollcall removes no record of it: one sentence, for people. */
  readonly noRemoval?: string
  /** Why `setStatus` has no place for it in a record of this layout, where not all have one. */
  readonly noStatus?: string
  /** Whether the id of a new record is that of its lease, so that its key is known only once the lease is granted. */
  isNamedByLease?(instance: InstanceInit): boolean
}

/** The layout of a framework: all its keys are cut alike, whatever their values say. Its records are instances or foreign, never malformed. */
export interface FrameworkLayout extends Layout {
  readonly sign: RecordSign
  /** The parts of a key below this prefix; without one, as its writer made it. Undefined for a key that it never makes. */
  cut(key: string, prefix?: string): KeyCut | undefined
  /** The value as an instance; undefined where the framework's own client cannot use it. */
  read(stored: Stored, cut: KeyCut): FrameworkInstance | undefined
  /** Its client reads all records of a service or none, so one that it cannot decode fails them all. */
  readonly failsByOne?: true
  /** Under a prefix that it owns: whether it takes a record without its sign. */
  takes?(marked: Marked): boolean
  /** In a tree, under a prefix that it owns: whether a node, by its key below that prefix, is none of its records and belongs there. */
  isStructure?(below: string): boolean
  /** Under a prefix that it owns: whether its own reads fail by this record, which is none of its. */
  isSpoiltBy?(marked: Marked): boolean
}

/** The parts of a key. */
export interface KeyCut {
  readonly prefix: string
  readonly service: string
  readonly id: string
  /** Where the key has one. */
  readonly version?: string
}

/** What a framework's value says; the rest is in the key. */
export interface FrameworkInstance extends Partial<ServiceInstance> {
  readonly endpoints: readonly string[]
  readonly weight?: number
  /** What the value says of the registration. */
  readonly observed?: Partial<Pick<Observed, 'status' | 'reason' | 'registeredAt' | 'tags'>>
  /** Where other records may be parts of the same instance. */
  readonly groupKey?: string
}

export interface LayoutEncodeOptions {
  readonly prefix: string
  /** Keys begin with the name of the service, without a slash. */
  readonly atStart?: boolean
  /** The store is a tree. */
  readonly isTree?: boolean
  readonly now: number
  readonly weight?: number
  readonly env?: string
  /** Only where the layout has `setStatus`. */
  readonly status?: Status
  /** It stays until it is removed. */
  readonly isPersistent?: boolean
  /** Hexadecimal; only where the layout names a record by its lease, once that is granted. */
  readonly lease?: string
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
