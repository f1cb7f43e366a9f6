/** What is compared, exported and registered elsewhere. */
import {
  type Carried,
  type CarriedField,
  type Compared,
  type Copied,
  type CopyOptions,
  type Depth,
  type Difference,
  type ExportOptions,
  type ImportOptions,
  type InstanceItem,
  type SidePart,
  type Stream,
  connect,
  diff,
  exportInstances,
  importInstances,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await using other = await connect('memory:')
for (const id of ['pay-1', 'pay-2'])
  await registry.register({ name: 'pay', id, version: 'v1', endpoints: [`grpc://${id}.local:9000`] })

const options: ExportOptions = { scope: { services: ['pay'] }, signal: AbortSignal.timeout(60_000) }
const items: InstanceItem[] = []
for await (const item of exportInstances(registry.client, options)) items.push(item)
console.log(items.map(({ id, status, layout }) => `${id} ${status} ${layout}`))

const dry: Pick<CopyOptions, 'dryRun' | 'replace'> = { dryRun: true, replace: true }
for await (const { entry, result } of importInstances(other.client, items, dry)) console.log(entry.instance.id, result)

const forGood: ImportOptions = { ttl: null } // nobody sends heartbeats for them
const copied: Copied[] = []
for await (const each of importInstances(other.client, items.slice(0, 1), forGood)) copied.push(each)
console.log(copied.map(({ result, registration }) => [result, registration?.records.length]))

const carried: Carried[] = copied.flatMap((each) => each.carried ?? [])
for (const { service, id, keys } of carried) console.log(service, id, ...keys)

const grave = new Set<CarriedField>(['metadata', 'endpoints'])
const spoilt = carried.filter(({ lost }) => lost.some((field) => grave.has(field)))
console.log('lost on the way:', spoilt.length)

async function* batches({ client }: typeof registry): AsyncGenerator<SidePart> {
  for await (const batch of client.entries().batches()) yield batch.filter((entry) => entry.is === 'instance')
}

const before: Stream = { name: 'the registry', batches: batches(registry) }
const after: Stream = { name: 'its copy', batches: batches(other) }
const compared: Compared = await diff(before, after)
console.log(compared.items.length, 'difference in', compared.services.size, 'service')

const missing: Difference[] = compared.items.filter(({ difference }) => difference === 'removed')
for (const { service, id } of missing) console.log(service, id)

const depth: Depth = 'services' // whatever instances they have
const [one, two] = [registry, other].map((each) => ({ name: each.client.target.display, batches: batches(each) }))
if (one && two) console.log((await diff(one, two, depth)).items.length)
