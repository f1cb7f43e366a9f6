import { withoutBrackets } from '../../model/address.ts'
import type { RawRecord } from '../../model/record.ts'
import { type Discovered, type ServiceName, instancesOf } from './discover.ts'
import { formOf, isAskedFor } from './form.ts'
import type { Polaris } from './polaris.ts'
import { recordOf } from './record.ts'

/** The records of some services that were read together, in the order of their ids. */
export async function familyOf(
  polaris: Polaris,
  services: readonly ServiceName[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  const found: Discovered[] = []
  for (const service of services) found.push(...(await instancesOf(polaris.api, service, signal)))
  const asked = found.filter(({ instance }) => isAskedFor(formOf(instance), polaris.layout))
  const crowded = crowdedHosts(asked)
  return asked
    .map(({ instance, revision }) => recordOf(instance, crowded.has(hostOf({ instance })), revision))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * Where a scheme occurs twice at one host. Kratos' first module keeps no id, so endpoints of one host are taken for one
 * instance, as long as that can be.
 */
function crowdedHosts(found: readonly Discovered[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const crowded = new Set<string>()
  for (const { instance } of found) {
    const { layout, scheme, mark } = formOf(instance)
    if (layout !== 'kratos-scheme' || mark !== undefined) continue
    const host = hostOf({ instance })
    const place = `${host} ${scheme}`
    if (seen.has(place)) crowded.add(host)
    seen.add(place)
  }
  return crowded
}

function hostOf({ instance }: Pick<Discovered, 'instance'>): string {
  return JSON.stringify([instance.namespace, formOf(instance).name, withoutBrackets(instance.host)])
}
