/** What is compared, exported and registered elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Carried,
  type CarriedField,
  type Compared,
  type Copied,
  type CopyOptions,
  type Depth,
  type Difference,
  type Dropped,
  type ExportOptions,
  type FollowOptions,
  type ImportOptions,
  type InstanceEntry,
  type InstanceItem,
  type SidePart,
  type Stream,
  Copier,
  Follower,
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

const dry: CopyOptions = { dryRun: true, replace: true }
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

// Of many instances: what it would be like, and then the copy itself, for which the other registry is read once.
const copier = new Copier(other.client, { replace: true, ttl: null })
for await (const batch of copier.foresee(instancesOf(registry)))
  for (const { entry, result } of batch) console.log(entry.instance.id, result)
for await (const batch of copier.copy(instancesOf(registry)))
  for (const { entry, result } of batch) console.log(entry.instance.id, result)

async function* instancesOf({ client }: typeof registry): AsyncGenerator<InstanceEntry[]> {
  for await (const batch of client.entries().batches()) yield batch.filter((entry) => entry.is === 'instance')
}

// And what happens from now on. Only what the follower itself has written is removed, with a line in the audit log.
const folder = await mkdtemp(join(tmpdir(), 'following-'))
const follow: FollowOptions = { source: 'the registry', ttl: null, environment: { XDG_STATE_HOME: folder } }
const follower = new Follower(other.client, follow)
const stop = new AbortController()
for await (const event of registry.client.watch({}, { signal: stop.signal })) {
  if (event.type === 'snapshot' || event.type === 'added') await follower.add([event.entry])
  else if (event.type === 'updated') await follower.update(event.entry, event.before)
  else if (event.type === 'removed') {
    follower.lost(event.entry)
    const dropped: Dropped | undefined = await follower.remove(event.entry)
    console.log(event.entry.instance.id, dropped?.kept ?? dropped?.outcomes.map(({ result }) => result))
    stop.abort()
  } else if (event.type === 'synced') await registry.register({ name: 'pay', id: 'pay-3', endpoints: ['grpc://c:1'] })
  if (event.type === 'added') await registry.deregister({ name: 'pay', id: 'pay-3' })
}
await rm(folder, { recursive: true })
