/** The candidates that fulfil each wish in turn; a wish that none of those left fulfils is skipped. */
export function prefer<T>(candidates: readonly T[], wishes: readonly ((candidate: T) => boolean)[]): readonly T[] {
  return wishes.reduce((left, wish) => {
    const fulfilling = left.filter(wish)
    return fulfilling.length > 0 ? fulfilling : left
  }, candidates)
}
