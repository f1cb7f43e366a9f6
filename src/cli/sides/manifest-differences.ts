import type { Entry } from '../../model/reading.ts'
import { tallyOf } from '../../reports/claim-tally.ts'
import { byCode } from '../../reports/fold.ts'
import type { Manifest, ServiceClaims } from '../../reports/manifest.ts'
import { claimName, verification } from '../../reports/verification.ts'
import type { Difference } from '../../client/diff/differences.ts'

/** The claims of a manifest that do not hold of what a side has. `isFirst`: the manifest is the first side. */
export async function unfulfilled(
  manifest: Manifest,
  entries: AsyncIterable<readonly Entry[]>,
  isFirst: boolean,
): Promise<Difference[]> {
  const fold = verification(manifest)
  for await (const batch of entries) for (const entry of batch) fold.add(entry)
  return fold
    .result()
    .filter(({ result }) => result === 'fails')
    .map(({ service = '', claim, wanted, found, line }): Difference => {
      const [from, to] = isFirst ? [wanted, found] : [found, wanted]
      return { difference: 'changed', service, field: claim, from, to, line }
    })
}

/** How two manifests differ: the services that one does not name, and the claims about the others. */
export function manifestDifferences(before: Manifest, after: Manifest): Difference[] {
  const [from, to] = [claimsOf(before), claimsOf(after)]
  const services = [...new Set([...from.keys(), ...to.keys()])].toSorted(byCode)
  return services.flatMap((service): Difference[] => {
    const [a, b] = [from.get(service), to.get(service)]
    if (!a || !b) return [{ difference: a ? 'removed' : 'added', service }]
    const fields = [...new Set([...a.keys(), ...b.keys()])].toSorted(byCode)
    return fields.flatMap((field): Difference[] => {
      const [one, other] = [a.get(field), b.get(field)]
      if (one === other) return []
      const values = { ...(one !== undefined && { from: one }), ...(other !== undefined && { to: other }) }
      return [{ difference: 'changed', service, field, ...values }]
    })
  })
}

/** What is claimed, by service and claim; under an empty service what is about the whole registry. */
function claimsOf({ services, malformed, unexpected }: Manifest): Map<string, Map<string, string>> {
  const whole = new Map<string, string>()
  if (malformed) whole.set('malformed', `at most ${malformed.wanted}`)
  if (unexpected) whole.set('unexpected', unexpected.wanted)
  return new Map([['', whole], ...services.map((of): [string, Map<string, string>] => [of.name, wantedOf(of)])])
}

function wantedOf(of: ServiceClaims): Map<string, string> {
  return new Map(of.claims.map((claim) => [claimName(claim), tallyOf(claim, of).result().wanted]))
}
