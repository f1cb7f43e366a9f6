/** What the command line does, as functions: counting, checking, waiting, verifying, comparing, copying, purging. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as rollcall from 'rollcall'

await using registry = await rollcall.connect(process.argv[2] ?? 'memory:')
await using other = await rollcall.connect('memory:')
const { client } = registry
const folder = await mkdtemp(join(tmpdir(), 'operations-'))

for (const id of ['pay-1', 'pay-2'])
  await registry.register({ name: 'pay', id, endpoints: [`grpc://${id}.local:9000`] }, { keepAlive: false, ttl: null })
const services = [{ name: 'pay', test: (name: string) => name === 'pay' }] as const
const state = await rollcall.wait(client, { scope: {}, services, min: 2 }, { timeout: 10_000 })
console.log('wait:', state.failed ?? 'two are up')

const { instances } = await rollcall.stats(client, { scope: { services: ['pay'] } })
console.log('stats:', instances)

const check = await rollcall.checkKeys(client, { scope: { services: ['pay'] }, rules: { severity: 'warning' } })
for await (const findings of check) for (const { rule, message } of findings) console.log('check:', rule, message)

const manifest = await rollcall.parseManifest('claims.yaml', 'services:\n  pay: {min: 2}\n')
console.log('verify:', (await rollcall.verify(client, manifest, { wait: 0 })).holds)

const items = rollcall.exportInstances(client, { scope: { services: ['pay'] } })
for await (const { entry, result } of rollcall.importInstances(other.client, items, { ttl: null }))
  console.log('import:', entry.instance.id, result)
await other.deregister({ name: 'pay', id: 'pay-2' })
const { items: differences } = await rollcall.diff(sideOf('one', client), sideOf('other', other.client))
for (const { difference, service, id } of differences) console.log('diff:', difference, service, id)

// A journal of what comes and goes, until the first removal.
const stop = new AbortController()
const settings = { registry: rollcall.registryName(client.target), now: Date.now, keep: 86_400_000, size: 1 << 26 }
{
  using writer = await rollcall.JournalWriter.open(join(folder, 'journal.db'), settings)
  for await (const event of rollcall.recorded(writer, client.watch({}, { signal: stop.signal }))) {
    if (event.type === 'synced') await removeAll()
    if (event.type === 'removed') stop.abort()
  }
}
const journal = rollcall.fileJournal(join(folder, 'journal.db'), Date.now)
const told: string[] = []
for await (const line of journal.read({ since: 0 })) told.push(Object.keys(line).join(' '))
console.log('journal:', told.length > 0)

// The same as events, and then what comes; here, until the first removal.
for await (const { event } of rollcall.replayed(client, { services: ['pay'] }, journal, { since: 0 })) {
  if (event.type !== 'removed') continue
  console.log('replayed:', event.type)
  break
}

for await (const { check: what, state: how } of rollcall.diagnose(client.target))
  if (how === 'error') console.log('diagnose:', what)
await rm(folder, { recursive: true })

/** By a plan, with a backup; and takes it back, and removes it for good. */
async function removeAll(): Promise<void> {
  const environment = { XDG_STATE_HOME: folder }
  const plan = await rollcall.planPurge(client, { scope: { services: ['pay'] }, reasons: { noLease: true } })
  const done = await rollcall.purge(client, plan, { environment, force: true })
  console.log('purge:', done.outcomes.length, (await rollcall.keptRuns(environment)).runs.length)
  for await (const { result } of rollcall.restore(client, done.backup, { environment })) console.log('restore:', result)
  for (const id of ['pay-1', 'pay-2']) await registry.deregister({ name: 'pay', id })
}

function sideOf(name: string, of: rollcall.Client): rollcall.Stream {
  return { name, batches: batchesOf(of) }
}

async function* batchesOf(of: rollcall.Client): AsyncGenerator<rollcall.InstanceEntry[]> {
  for await (const batch of of.entries({ services: ['pay'] }).batches())
    yield batch.filter((entry) => entry.is === 'instance')
}
