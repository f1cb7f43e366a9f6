import type { Entry } from '../model/reading.ts'
import { type ClaimTally, tallyOf } from './claim-tally.ts'
import { type ReportFold, byCode } from './fold.ts'
import { glob, isGlob } from './glob.ts'
import type { Manifest, ServiceClaim, ServiceClaims } from './manifest.ts'

/** What became of one claim of a manifest. */
export interface ClaimItem {
  /** The service; absent for a claim about the whole registry. */
  readonly service?: string
  /** `min`, `versions`, `metadata.region`, `unexpected`, … */
  readonly claim: string
  readonly result: 'holds' | 'fails' | 'warns'
  readonly wanted: string
  readonly found: string
  /** Ids of instances of which it does not hold, twenty at most; absent where there is none. */
  readonly instances?: readonly string[]
  /** Where the claim stands in the manifest. */
  readonly line: number
  readonly column: number
}

interface Checked {
  readonly of: ServiceClaims
  readonly claims: readonly { readonly claim: ServiceClaim; readonly tally: ClaimTally }[]
}

/**
 * Holds a manifest against entries. A pattern is held against each service that it matches and that the manifest does not name.
 * The items are in the manifest's order, the services of a pattern by name.
 */
export function verification(manifest: Manifest): ReportFold<Entry, ClaimItem[]> {
  const named = new Map(manifest.services.filter(({ name }) => !isGlob(name)).map((of) => [of.name, of]))
  const patterns = manifest.services.filter(({ name }) => isGlob(name)).map((of) => ({ of, test: glob(of.name) }))
  const services = new Map<string, readonly Checked[]>()
  let malformed = 0
  const claimsOn = (service: string): readonly ServiceClaims[] => {
    const exact = named.get(service)
    return exact ? [exact] : patterns.filter(({ test }) => test(service)).map(({ of }) => of)
  }
  const checkedOf = (service: string): readonly Checked[] => {
    const known = services.get(service)
    if (known) return known
    const checked = claimsOn(service).map(start)
    services.set(service, checked)
    return checked
  }
  return {
    add(entry, times = 1) {
      if (entry.is === 'malformed') malformed += times
      if (entry.is !== 'instance') return
      for (const { claims } of checkedOf(entry.service)) for (const { tally } of claims) tally.add(entry)
    },
    result() {
      const items = manifest.services.flatMap((of): ClaimItem[] => {
        const held = [...services]
          .flatMap(([service, checked]) => checked.filter((each) => each.of === of).map((each) => ({ service, each })))
          .sort((a, b) => byCode(a.service, b.service))
        if (held.length > 0) return held.flatMap(({ service, each }) => itemsOf(service, each))
        return isGlob(of.name) ? unmatched(of) : itemsOf(of.name, start(of))
      })
      const others = [...services].filter(([, checked]) => checked.length === 0).map(([service]) => service)
      return [...items, ...malformedItem(manifest, malformed), ...unexpectedItems(manifest, others.sort(byCode))]
    },
  }
}

function start(of: ServiceClaims): Checked {
  return { of, claims: of.claims.map((claim) => ({ claim, tally: tallyOf(claim, of) })) }
}

function itemsOf(service: string, { claims }: Checked): ClaimItem[] {
  return claims.map(({ claim, tally }) => {
    const { holds, wanted, found, instances } = tally.result()
    return {
      service,
      claim: claimName(claim),
      result: holds ? 'holds' : 'fails',
      wanted,
      found,
      ...(instances.length === 0 ? {} : { instances }),
      ...claim.at,
    }
  })
}

/** A pattern without a service fails if it wants an instance; what it says of each instance is then said of none. */
function unmatched({ name, claims }: ServiceClaims): ClaimItem[] {
  return claims.flatMap(({ claim, wanted, at: { line, column } }): ClaimItem[] => {
    if (claim !== 'min') return []
    const result = wanted === 0 ? 'holds' : 'fails'
    return [{ service: name, claim, result, wanted: `at least ${wanted}`, found: 'no service matches', line, column }]
  })
}

/** What a claim is called: `min`, `metadata.region`, `spread.zone`. */
export function claimName(claim: ServiceClaim): string {
  if (claim.claim === 'metadata') return `metadata.${claim.key}`
  return claim.claim === 'spread' ? `spread.${claim.by}` : claim.claim
}

function malformedItem({ malformed }: Manifest, found: number): ClaimItem[] {
  if (!malformed) return []
  const { wanted, at } = malformed
  return [
    {
      claim: 'malformed',
      result: found <= wanted ? 'holds' : 'fails',
      wanted: `at most ${wanted}`,
      found: String(found),
      ...at,
    },
  ]
}

function unexpectedItems({ unexpected }: Manifest, services: readonly string[]): ClaimItem[] {
  if (!unexpected || unexpected.wanted === 'ignore') return []
  const { wanted, at } = unexpected
  const [claim, none] = ['unexpected', 'no other service']
  if (services.length === 0) return [{ claim, result: 'holds', wanted: none, found: none, ...at }]
  const result = wanted === 'fail' ? 'fails' : 'warns'
  return services.map((service) => ({ service, claim, result, wanted: none, found: 'not in the manifest', ...at }))
}
