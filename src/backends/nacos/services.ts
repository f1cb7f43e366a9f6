import type { Scope } from '../contract/backend.ts'
import type { Nacos } from './nacos.ts'
import { type NacosService, addressOf, kratosName, splitGroupedName } from './names.ts'

/** A service as it is listed, and the services of Nacos that hold its instances. */
export interface Family {
  readonly name: string
  readonly services: readonly NacosService[]
}

/** The services of a scope in order. */
export async function familiesOf(nacos: Nacos, scope: Scope, signal?: AbortSignal): Promise<Family[]> {
  if (scope.rawKey !== undefined) return familyOfKey(scope.rawKey)
  const asked = scope.services?.map((name) => ({ ...splitGroupedName(name), shown: name }))
  const groups = asked?.map(({ group }) => group ?? nacos.group) ?? [nacos.group]
  const found = await Promise.all(
    (await placesOf(nacos, groups, signal)).map((place) => nacos.api.services(place, signal)),
  )
  const families = new Map<string, NacosService[]>()
  for (const service of found.flat())
    for (const name of namesOf(nacos, service, asked)) families.set(name, [...(families.get(name) ?? []), service])
  return [...families]
    .map(([name, services]) => ({ name, services }))
    .toSorted((a, b) => compareServices(a.name, b.name))
}

/** What a service is listed as: nothing where it was not asked for. */
function namesOf(
  nacos: Nacos,
  { group, name }: NacosService,
  asked: readonly { name: string; group?: string; shown: string }[] | undefined,
): string[] {
  const own = kratosName(name)?.base ?? name
  if (!asked) return [own]
  const fits = asked.filter(
    (each) =>
      each.name === own &&
      (each.group === undefined ? nacos.allNamespaces || group === nacos.group : each.group === group),
  )
  return [...new Set(fits.map(({ shown }) => shown))]
}

interface Place {
  readonly namespace: string
  readonly group?: string
}

async function placesOf(nacos: Nacos, groups: readonly string[], signal?: AbortSignal): Promise<Place[]> {
  if (nacos.allNamespaces) return (await nacos.api.namespaces(signal)).map(({ id }) => ({ namespace: id }))
  return [...new Set(groups)].map((group) => ({ namespace: nacos.namespace, group }))
}

/** All that share a service with the record: whether its port must tell it apart hangs on the others. */
function familyOfKey(rawKey: string): Family[] {
  const address = addressOf(rawKey)
  if (!address) return []
  const { namespace, group, name } = address
  return [{ name: kratosName(name)?.base ?? name, services: [{ namespace, group, name }] }]
}

/** As key-value registries order them: by bytes, with the slash that ends the name. */
function compareServices(a: string, b: string): number {
  return Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))
}
