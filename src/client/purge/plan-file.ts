/** Flags of purge that say what is chosen, as typed. Those that lift a guard are not among them: whoever applies a plan gives them. */
export interface PlanFlags {
  readonly malformed: boolean
  readonly rule: readonly string[]
  readonly noLease: boolean
  readonly status: readonly string[]
  readonly unreachable: boolean
  readonly emptyNodes: boolean
  readonly selector: readonly string[]
  readonly version: readonly string[]
  readonly scheme: readonly string[]
  readonly env: readonly string[]
  readonly host: readonly string[]
  readonly tag: readonly string[]
  readonly noProxies: boolean
  readonly olderThan: string | undefined
}

/** One record of a plan that is carried out later. */
export interface PlannedRecord {
  readonly key: string
  readonly service: string
  readonly id?: string
  readonly reason: string
  readonly revision?: string
  /** Of its value: `sha256:` and hexadecimal digits. */
  readonly hash: string
}

/** A purge that is carried out later, as a file: what it was made for, how its records were chosen, and which those are. */
export interface RemovalPlan {
  /** RFC 3339. */
  readonly at: string
  /** As `Target.display` has it: without secrets. */
  readonly registry: string
  /** Only where one was named. */
  readonly prefix?: string
  readonly layout?: string
  readonly context?: string
  readonly services: readonly string[]
  readonly flags: PlanFlags
  readonly records: readonly PlannedRecord[]
}
