/** Those of whom each wish in turn holds; a wish that nobody left fulfils is passed over. */
export function prefer<T>(candidates: readonly T[], wishes: readonly ((candidate: T) => boolean)[]): readonly T[] {
  return wishes.reduce((left, wish) => {
    const fulfilling = left.filter(wish)
    return fulfilling.length > 0 ? fulfilling : left
  }, candidates)
}
