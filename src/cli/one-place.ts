import { RollcallError } from '../model/errors.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { Context } from './context.ts'

/** For writes: refuses where one instance lies in several places, and says how to name one of them. */
export async function requireOnePlace(
  context: Context,
  entries: readonly InstanceEntry[],
): Promise<readonly InstanceEntry[]> {
  const { layout } = (await context.client()).target
  return [...byName(entries)].map(([name, places]) => {
    // Layouts that share a prefix read each other's records: the one that was named chooses.
    const chosen = places.length > 1 ? places.filter(({ observed }) => observed.layout === layout) : places
    const [only, ...others] = chosen.length > 0 ? chosen : places
    if (only && others.length === 0) return only
    const keys = places.map((entry) => entry.records.map((record) => record.id).join(', '))
    throw new RollcallError('ambiguous', `${name} lies in several places: ${keys.join(' and ')}`, {
      hint: `narrow with ${narrowing(places)}`,
    })
  })
}

function byName(entries: readonly InstanceEntry[]): Map<string, InstanceEntry[]> {
  const named = new Map<string, InstanceEntry[]>()
  for (const entry of entries) {
    const name = `${entry.service}/${entry.instance.id}`
    named.set(name, [...(named.get(name) ?? []), entry])
  }
  return named
}

/** The flags that tell these apart. */
function narrowing(places: readonly InstanceEntry[]): string {
  const flags = [
    places.map(({ observed }) => observed.layout && `--layout ${observed.layout}`),
    places.map(({ observed }) => observed.place?.namespace && `--namespace ${observed.place.namespace}`),
    places.map(({ observed, service }) => observed.place?.group && `the name ${observed.place.group}@@${service}`),
  ]
  const telling = flags.find((values) => new Set(values).size === places.length && values.every(Boolean))
  return telling ? telling.join(' or ') : '--prefix, --layout or --namespace'
}
