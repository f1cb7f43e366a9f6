import type { ServiceInstance } from './instance.ts'
import type { Observed } from './observed.ts'
import type { RawRecord } from './record.ts'

/** Why no client can use a record. Each has a rule of severity error in the catalogue of `check-keys`. */
export const PROBLEMS = [
  'empty-name',
  'empty-id',
  'name-mismatch',
  'short-key',
  'not-json',
  'null-value',
  'wrong-type',
  'not-an-address',
] as const
/** Why no client can use a record. */
export type ProblemCode = (typeof PROBLEMS)[number]

/** What is wrong with a record, and what can be read of it all the same. */
export interface Problem {
  readonly code: ProblemCode
  /** One sentence with the fact and its names, without a full stop. */
  readonly message: string
  /** The part of the key or value that is at fault, escaped for printing. */
  readonly culprit?: string
  /** As far as they can be read. */
  readonly id?: string
  readonly name?: string
  readonly endpoints?: readonly string[]
}

/**
 * A record of another program: it has no sign of a layout that rollcall reads here, or is where no client of its
 * layout looks for it. Counted, never judged, never planned for removal but by `--rule`.
 */
export interface ForeignReading {
  readonly is: 'foreign'
  /** What it was recognised as, as people call it: `Curator`, `go-zero`, `Kratos`. Absent where nothing is known of it. */
  readonly looksLike?: string
  /** The prefix under which it is a whole record: not the one that was read. */
  readonly belongsTo?: string
  /** The system whose key this is, such as Kubernetes: never removed, not even by force. */
  readonly system?: string
  /** The beginning of the key's part below the prefix: reads of every Kratos service whose name is one too fail by this record. */
  readonly breaks?: string
  /** The framework whose searches fail by this record. */
  readonly spoils?: string
}

/** One record, decoded. */
export type Reading =
  | {
      readonly is: 'instance'
      readonly instance: ServiceInstance
      readonly observed: Observed
      /** Records of one service with the same mark are parts of one instance. */
      readonly groupKey?: string
      /** JSON.stringify(instance), where the record has that text already. */
      readonly json?: string
      /** This reading holds until then (milliseconds since 1970): a status that time alone changes. */
      readonly until?: number
    }
  | { readonly is: 'malformed'; readonly problem: Problem }
  /** A folder node or a lock: linted, never a row. `folder`: of a service, or within one. */
  | { readonly is: 'structure'; readonly folder?: 'service' | 'within' }
  | ForeignReading

/** An instance with all of its records, a record that no client can use, or a record of another program. */
export type Entry = InstanceEntry | MalformedEntry | ForeignEntry

/** What reports count of an entry. It may stand for several instances that are alike in this. */
export type CountedEntry = CountedInstance | MalformedEntry | ForeignEntry

/** The metadata are there where it is one instance. */
export interface CountedInstance extends Pick<InstanceEntry, 'is' | 'service' | 'records'> {
  readonly instance: Pick<ServiceInstance, 'version' | 'endpoints'> & Partial<Pick<ServiceInstance, 'metadata'>>
  readonly observed: Pick<Observed, 'status' | 'layout' | 'lease'>
}

/** An instance with all of its records. */
export interface InstanceEntry {
  readonly is: 'instance'
  /** The service it is stored under; the name in the instance can differ in hand-made records. */
  readonly service: string
  readonly instance: ServiceInstance
  readonly observed: Observed
  readonly records: readonly RawRecord[]
  /** JSON.stringify(instance), where its record has that text already. */
  readonly json?: string
  readonly until?: number
}

export interface ForeignEntry {
  readonly is: 'foreign'
  readonly service: string
  readonly reading: ForeignReading
  readonly record: RawRecord
}

/** A record that no client can use. */
export interface MalformedEntry {
  readonly is: 'malformed'
  readonly service: string
  readonly problem: Problem
  readonly record: RawRecord
}
