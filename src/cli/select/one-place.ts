import type { Client } from '../../client/client.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Place } from '../../model/observed.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Context } from '../command.ts'

/** How a write affects an instance: it removes its records, or changes them in place. */
export type WriteAccess = 'remove' | 'change'

/** The instances, each stored in one place. @throws RollcallError `ambiguous` for one in several places, naming the flags that choose one */
export async function requireOnePlace(
  context: Context,
  entries: readonly InstanceEntry[],
  access: WriteAccess,
): Promise<readonly InstanceEntry[]> {
  const client = await context.client()
  const chosen: InstanceEntry[] = []
  for (const [name, places] of byName(entries)) {
    const [only, ...others] = await meant(client, places, access, context.signal)
    if (!only || others.length > 0) throw inSeveralPlaces(client, name, places, access)
    chosen.push(only)
  }
  return chosen
}

/** The places that the flags or the URL choose. */
async function meant(
  { target, backend }: Client,
  places: readonly InstanceEntry[],
  access: WriteAccess,
  signal: AbortSignal,
): Promise<readonly InstanceEntry[]> {
  if (places.length === 1) return places
  // Layouts that share a prefix read each other's records: the one that was named chooses.
  const ofLayout = places.filter(({ observed }) => observed.layout === target.layout)
  const some = ofLayout.length > 0 ? ofLayout : places
  if (access === 'remove' || some.length === 1 || !backend.changeable) return some
  const within: InstanceEntry[] = []
  for (const entry of some) if (await backend.changeable(entry.records, { signal })) within.push(entry)
  return within.length > 0 ? within : some
}

function byName(entries: readonly InstanceEntry[]): Map<string, InstanceEntry[]> {
  const named = new Map<string, InstanceEntry[]>()
  for (const entry of entries) {
    const name = `${entry.service}/${entry.instance.id}`
    named.set(name, [...(named.get(name) ?? []), entry])
  }
  return named
}

function inSeveralPlaces(
  client: Client,
  name: string,
  places: readonly InstanceEntry[],
  access: WriteAccess,
): RollcallError {
  const keys = places.map((entry) => entry.records.map((record) => record.id).join(', '))
  return new RollcallError('ambiguous', `${name} is stored in several places: ${keys.join(' and ')}`, {
    hint: `narrow with ${narrowing(client, places, access)}`,
  })
}

/** The flags that tell the places apart. */
function narrowing({ capabilities }: Client, places: readonly InstanceEntry[], access: WriteAccess): string {
  const of = (field: keyof Place) => places.map(({ observed }) => observed.place?.[field] ?? '')
  const ways = [
    worded(
      places.map(({ observed }) => observed.layout ?? ''),
      (layout) => `--layout ${layout}`,
    ),
    worded(of('namespace'), (namespace) => `--namespace ${namespace}`),
    worded(
      places.map(({ observed, service }) => observed.place?.group && `${observed.place.group}@@${service}`),
      (name) => `the name ${name}`,
    ),
    worded(of('cluster'), (cluster) => `?cluster=${cluster} in the URL`),
    worded(of('datacenter'), (datacenter) => `?dc=${datacenter} in the URL`),
    access === 'change' ? worded(of('node'), (node) => `the agent on ${node} in the URL`) : undefined,
    access === 'remove' && capabilities.rawKeys ? worded(places.map(onlyKey), (key) => `--raw-key ${key}`) : undefined,
  ]
  const otherwise = capabilities.namespaces ? "its records' keys, one by one" : '--prefix or --layout'
  return ways.find((way) => way !== undefined) ?? otherwise
}

/** The ways to name each place by these values; undefined when they do not tell the places apart. */
function worded(values: readonly (string | undefined)[], say: (value: string) => string): string | undefined {
  const isDistinct = values.every(Boolean) && new Set(values).size === values.length
  return isDistinct ? values.map((value) => say(value ?? '')).join(' or ') : undefined
}

function onlyKey({ records: [record, ...others] }: InstanceEntry): string | undefined {
  return others.length === 0 ? record?.id : undefined
}
