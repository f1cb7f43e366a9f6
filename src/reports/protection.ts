import type { Hours } from '../model/hours.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { glob } from './glob.ts'
import { type SelectionFlags, matches, parseSelection } from './selection.ts'

/** What a context protects: instances that all of these selectors choose. */
export interface ProtectedSelector extends Pick<SelectionFlags, 'selector' | 'version' | 'scheme' | 'env' | 'host'> {
  /** Names or globs of services. */
  readonly service?: readonly string[]
}

/** What a context or a project file keeps from being removed. */
export interface Protection {
  readonly protected: readonly ProtectedSelector[]
  /** In which nothing is removed. */
  readonly protectedHours: readonly Hours[]
}

export const UNPROTECTED: Protection = { protected: [], protectedHours: [] }

/** As one text: `service=pay*, env=prod`. */
export function protectedText(selector: ProtectedSelector): string {
  return Object.entries(selector)
    .map(([name, values]) => `${name} ${values.join(',')}`)
    .join(', ')
}

/** Whether an instance is protected; `now` in milliseconds since 1970. @throws RollcallError `usage` for a selector that is not valid */
export function protecting({
  service = [],
  ...flags
}: ProtectedSelector): (entry: InstanceEntry, now: number) => boolean {
  const names = service.map(glob)
  const selection = parseSelection(flags)
  return (entry, now) =>
    (names.length === 0 || names.some((test) => test(entry.service))) && matches(selection, entry, now)
}
