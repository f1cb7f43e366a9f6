import type { LayoutName } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import type { CheckedEndpoint } from './endpoint.ts'

/** Worst first. `error`: no client can use the record; `warning`: it will cause trouble; `info`: good to know. */
export const SEVERITIES = ['error', 'warning', 'info'] as const
/** How bad a finding is: `error`, `warning` or `info`. */
export type Severity = (typeof SEVERITIES)[number]

/** One kind of problem that `check-keys` looks for. */
export type Rule = RecordRule | FoldRule

/** What people read about a rule. */
export interface RuleText {
  /** Stable, never used again for another meaning: `RC1001`. */
  readonly code: string
  readonly severity: Severity
  /** A few words without a full stop. */
  readonly title: string
  /** Where such records come from and what they do, for the person on call. */
  readonly cause: string
  /** The next step. */
  readonly fix: string
  /** A stored record that the rule is content with, and one that it flags: the key, a line break, the value. */
  readonly good: string
  readonly bad: string
  /** Layouts it looks at; left out: all. `service` stands for registries with records of their own. */
  readonly layouts?: readonly (LayoutName | 'service')[]
  /** Looks at records of other programs, too. All other rules leave them alone. */
  readonly foreign?: true
}

/** Looks at one record alone. Pure, and never throws. */
export interface RecordRule extends RuleText {
  /**
   * Whether it can flag a record that `ordinaryListeners` accepts (`ordinary.ts`). It is not asked about those where it
   * cannot; a property test holds each rule to what it says.
   */
  readonly flagsOrdinary: boolean
  check(subject: Subject): readonly Hit[]
}

/** Looks at the records of a whole service, or of the whole registry. */
export interface FoldRule extends RuleText {
  begin(): Fold
}

/** One record as a rule sees it. */
export interface Subject {
  /** The service it is stored under. */
  readonly service: string
  readonly record: RawRecord
  readonly reading: Reading
  /** The record's id without its escapes. */
  readonly key: string
  /** As far as it can be told; what the caller fixed comes first. */
  readonly layout: LayoutName | 'service'
  /** The layout that the caller asked for; undefined where it is detected record by record. */
  readonly expected?: LayoutName
  /** Of the instance, or of what could be read of a malformed record. */
  readonly endpoints: readonly CheckedEndpoint[]
  /** Where the endpoints of an instance listen, as `host:port` to compare: each once, without those that name no single listener. */
  readonly listeners: readonly string[]
  /** It is in order, as `ordinaryListeners` proves it. */
  readonly isOrdinary: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What a rule found on the record it looked at. */
export interface Hit {
  /** One sentence with the fact and its names, without a full stop. */
  readonly message: string
  /** The part of the key or value at fault, escaped for printing. */
  readonly culprit?: string
}

/** What a fold found, with the record it is about. */
export interface FoldHit extends Hit {
  readonly origin: FindingOrigin
}

/** Where a finding points: the way to the process that writes the record. */
export interface FindingOrigin {
  /** The record's id: in a key-value store its escaped key. */
  readonly key: string
  readonly service: string
  readonly id?: string
  readonly lease?: string
  readonly owner?: string
  /** Hosts of its endpoints, as far as they can be read. */
  readonly hosts: readonly string[]
  /** Other keys on the same lease, where the scan asked for them. */
  readonly otherKeys?: readonly string[]
}

/**
 * A rule at work over a stream. It keeps hashes, not records: the records to be named are found in a second look,
 * which happens only when the first one found a reason for it.
 */
export interface Fold {
  /** The first look: every record, those of one service together. Returns what needs no second look. */
  add(subject: Subject): readonly FoldHit[]
  /** After the last record: the services to look at again, or all. */
  end(): SecondLook
  /** The second look, in the same order. */
  again?(subject: Subject): readonly FoldHit[]
}

export type SecondLook = readonly string[] | 'all'
