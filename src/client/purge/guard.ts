/** What a plan may take of the instances that the registry still calls up. Malformed records are no instances and never count. */
export interface Guard {
  /** Of a service's instances. */
  readonly maxPercent: number
  /** Instances that must be up afterwards. */
  readonly keepMin: number
}

/** One service, in numbers of instances. */
export interface ServiceCount {
  instances: number
  up: number
  removedUp: number
}

/** Why the whole plan is refused, a sentence a service. `silent`: services of which no probed endpoint answered. */
export function refusals(
  counts: ReadonlyMap<string, ServiceCount>,
  { maxPercent, keepMin }: Guard,
  silent: readonly string[],
): string[] {
  const tooMany = [...counts].flatMap(([service, { instances, up, removedUp }]) => {
    if (removedUp === 0) return []
    const percent = Math.round((removedUp / instances) * 100)
    if (removedUp * 100 > maxPercent * instances) {
      return [
        `${service}: ${removedUp} of ${instances} instances are still called up (${percent}%, at most ${maxPercent}% may go)`,
      ]
    }
    if (up - removedUp >= keepMin) return []
    return [`${service}: ${up - removedUp} instances would be left up, and ${keepMin} must be`]
  })
  const unheard = silent.map(
    (service) => `${service}: none of its endpoints answers from here; the network may be at fault`,
  )
  return [...tooMany, ...unheard]
}
