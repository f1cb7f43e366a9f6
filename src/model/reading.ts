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
export type ProblemCode = (typeof PROBLEMS)[number]

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

/** One record, decoded. */
export type Reading =
  | {
      readonly is: 'instance'
      readonly instance: ServiceInstance
      readonly observed: Observed
      /** Records of one service with the same mark are parts of one instance. */
      readonly spread?: string
      /** JSON.stringify(instance), where the record has that text already. */
      readonly json?: string
      /** This reading holds until then (milliseconds since 1970): a status that time alone changes. */
      readonly until?: number
    }
  | { readonly is: 'malformed'; readonly problem: Problem }
  /** A folder node or a lock: linted, never a row. `folder`: of a service, or within one. */
  | { readonly is: 'structure'; readonly folder?: 'service' | 'within' }

/** An instance with all of its records, or a record that no client can use. */
export type Entry = InstanceEntry | MalformedEntry

export interface InstanceEntry {
  readonly is: 'instance'
  /** The service it lies under; its own name can differ in hand-made records. */
  readonly service: string
  readonly instance: ServiceInstance
  readonly observed: Observed
  readonly records: readonly RawRecord[]
  /** JSON.stringify(instance), where its record has that text already. */
  readonly json?: string
  readonly until?: number
}

export interface MalformedEntry {
  readonly is: 'malformed'
  readonly service: string
  readonly problem: Problem
  readonly record: RawRecord
}
