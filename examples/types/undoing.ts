/** What was removed or taken offline from this machine, and how it is taken back. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Backup,
  type BackupRecord,
  type KeptRun,
  type PlanRestoreOptions,
  type PlannedBackup,
  type PlannedUndo,
  type RestoreOptions,
  type Restored,
  type RestoredLeases,
  type Run,
  type RunCommand,
  type RunHistory,
  type UndoPlan,
  connect,
  drain,
  keptRuns,
  planDrain,
  planDrainBack,
  planNamed,
  planRestore,
  planUndo,
  purge,
  ranIn,
  readBackup,
  restore,
  restoredLeases,
  runHistory,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
const folder = await mkdtemp(join(tmpdir(), 'undoing-'))
const place = { environment: { XDG_STATE_HOME: folder } }
for (const id of ['pay-1', 'pay-2'])
  await client.register({ name: 'pay', id, endpoints: ['grpc://10.0.0.7:9000'] }, { ttl: 60 })

const entries = await client.find({ service: 'pay', id: 'pay-1' })
const guard = { maxPercent: 100, keepMin: 0 }
const done = await purge(
  client,
  await planNamed(client, { entries, reason: 'by mistake', guarded: new Set(), guard }),
  place,
)

const { runs } = await keptRuns(place.environment)
const last: KeptRun | undefined = runs.find(({ run }) => ranIn(run, client.target))
if (last === undefined) throw new Error('nothing was changed here')

const run: Run = last.run
console.log(run.command, run.records, run.id === done.id)

const ofMachines = new Set<RunCommand>(['drain', 'offline', 'online'])
console.log(runs.filter(({ run: { command } }) => ofMachines.has(command)).length)

const history: RunHistory = await runHistory(last)
console.log(history.changes, history.ended, history.takenBack)

const backup: Backup = await readBackup(last.path)
console.log(backup.tears.length === 0 ? 'whole' : 'torn')

const records: readonly BackupRecord[] = backup.records
for (const { id, service, ttlGranted } of records) console.log(id, service, ttlGranted)

const plan: UndoPlan = await planUndo(client, last, place)
const planned: readonly PlannedUndo[] = plan.records
for (const { action, service, id, entry } of planned) console.log(action, service, id, entry?.instance.endpoints)

const from: readonly PlannedBackup[] = plan.backups
for (const {
  backup: { path },
  chosen,
} of from)
  console.log(path === done.backup, chosen)

const dry: RestoreOptions = { ...place, dryRun: true }
for await (const { id, result } of restore(client, plan, dry)) console.log(id, result)

const restored: Restored[] = []
for await (const outcome of restore(client, plan, place)) restored.push(outcome)
console.log(
  restored.map(({ result }) => result),
  (await runHistory(last)).takenBack,
)

const leases: RestoredLeases = await restoredLeases(client, plan, restored)
console.log(leases.own.size, leases.fresh.size) // its lease still existed

const again: PlanRestoreOptions = { ...place, again: true } // also what was taken back before
const unchanged = await planRestore(client, done.backup, again)
for await (const { result } of restore(client, unchanged, place)) console.log(result)

await drain(client, await planDrain(client, { host: '10.0.0.7', guard }), place)
const back = await planDrainBack(client, '10.0.0.7', place)
for await (const { result } of restore(client, back, place)) console.log(result)
console.log((await planDrainBack(client, '10.0.0.7', place)).backups.length)
await rm(folder, { recursive: true })
