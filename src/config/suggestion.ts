import { didYouMean } from '../reports/near-names.ts'

/** A hint for a mistyped word: `did you mean "kratos"?`, or all there is. */
export function suggestion(typed: string, names: readonly string[]): string {
  return didYouMean(typed, names) ?? `one of ${names.join(', ')}`
}
