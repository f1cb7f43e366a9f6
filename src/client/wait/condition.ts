import type { Scope } from '../../backends/contract/backend.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Status } from '../../model/status.ts'

/** What is waited for: how many instances each service is to have, and what must not be there. */
export interface WaitCondition {
  readonly scope: Scope
  /** The condition has to hold of each of these. */
  readonly services: readonly [WaitService, ...WaitService[]]
  /** Which instances are meant, whatever their status; all of them where it is left out. */
  readonly selection?: WaitSelection | undefined
  /** Which of them count; all of them where it is left out. */
  readonly statuses?: readonly Status[]
  readonly min: number
  readonly max?: number
  /** Milliseconds for which it has to hold without a break. */
  readonly stable?: number
  /** What ends the wait at once. */
  readonly failOn?: FailOn
}

/** A service, or a pattern: the services that it matches are then counted together. */
export interface WaitService {
  readonly name: string
  readonly test: (service: string) => boolean
}

/** Selectors, and the words to report what they leave out. */
export interface WaitSelection {
  readonly test: (entry: InstanceEntry) => boolean
  /** `version=v9` */
  readonly words: string
  /** What an instance that does not match has instead: `v1.4.1`. */
  readonly differenceOf: (entry: InstanceEntry) => string
}

/** What ends a wait at once. */
export interface FailOn {
  /** A record of the services that no client can use, whatever the selectors. */
  readonly malformed: boolean
  /** An instance that the selectors choose has one of these. */
  readonly statuses: readonly Status[]
}

/** Whether it says anything of services of this name. */
export function isAbout({ services }: WaitCondition, service: string): boolean {
  return services.some(({ test }) => test(service))
}
