/** What is planned to be removed, done, and taken back. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Guard,
  type KeptRun,
  type LiftedGuards,
  type NamedRequest,
  type Outcome,
  type PlaceOptions,
  type PlanRefusal,
  type PlannedRemoval,
  type ProtectedSelector,
  type PurgeOptions,
  type PurgePlan,
  type PurgeReasons,
  type PurgeRequest,
  type RestoreOptions,
  type Restored,
  RollcallError,
  type Run,
  type RunCommand,
  type RunDone,
  type SecondLookOptions,
  closedHours,
  connect,
  keptRuns,
  planNamed,
  planPurge,
  purge,
  requireAllowed,
  requireUnprotected,
  restore,
  secondLook,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
const folder = await mkdtemp(join(tmpdir(), 'removing-'))
for (const id of ['pay-1', 'pay-2', 'pay-3']) await client.register({ name: 'pay', id }, { ttl: null })

const reasons: PurgeReasons = { asked: ({ instance }) => (instance.id === 'pay-3' ? 'it was a test' : undefined) }
const request: PurgeRequest = { scope: { services: ['pay'] }, reasons }
const plan: PurgePlan = await planPurge(client, request)
console.log(plan.records.length, plan.refusals.length, plan.notes.length)

const removals: readonly PlannedRemoval[] = plan.records
for (const { id, reason, live, comesBack } of removals) console.log(id, reason, live, comesBack)

const guard: Guard = { maxPercent: 50, keepMin: 2 }
const all = await planPurge(client, { scope: { services: ['pay'] }, reasons: { noLease: true }, guard })
const refusals: readonly PlanRefusal[] = all.refusals
for (const { fact, liftedBy } of refusals) console.log(fact, liftedBy)

const entries = await client.find({ service: 'pay', id: 'pay-1' })
const named: NamedRequest = { entries, reason: 'its host is gone', guarded: new Set(['pay']), guard }
console.log((await planNamed(client, named)).records.map(({ key }) => key))

const place: PlaceOptions = { environment: { XDG_STATE_HOME: folder } }
const core: ProtectedSelector = { service: ['pay*'], host: ['10.0.0.*'] }
const inTheWeek = { protectedHours: ['Mon-Fri 09:00-18:00 Europe/Berlin'], now: () => Date.UTC(2026, 0, 5, 12) }
console.log(closedHours({ ...place, ...inTheWeek }))
requireUnprotected(plan.entries, { ...place, protected: [core], context: 'prod' }) // none of them is on such a host
try {
  requireAllowed(all) // before somebody is asked; purge would refuse it too
} catch (error) {
  if (error instanceof RollcallError) console.log(error.code, error.hint)
}

const options: PurgeOptions = { ...place, rate: 10, onProgress: (done, of) => console.log(done, 'of', of) }
const done: RunDone = await purge(client, plan, options)
console.log(done.outcomes.length, done.left, done.error ?? 'to its end')

const outcomes: readonly Outcome[] = done.outcomes
for (const { id, result } of outcomes) console.log(id, result)

const { runs } = await keptRuns({ XDG_STATE_HOME: folder })
const last: KeptRun | undefined = runs[0]
console.log(last?.path === done.backup, last?.run.id === done.id)

const run: Run | undefined = last?.run
console.log(run?.command, run?.records, run?.pid === process.pid)

const ofMachines = new Set<RunCommand>(['drain', 'offline', 'online'])
console.log(runs.filter(({ run: { command } }) => ofMachines.has(command)).length)

const again: RestoreOptions = { ...place, again: true } // also what was taken back before
const restored: Restored[] = []
for await (const outcome of restore(client, done.backup, again)) restored.push(outcome)
console.log(restored.map(({ result }) => result))

const lifted: LiftedGuards = { force: true } // no guard is asked, though a plan removes all of a service
console.log((await purge(client, all, { ...place, ...lifted })).outcomes.length)

const records = entries.flatMap((entry) => entry.records)
const gone: Outcome[] = []
for await (const outcome of client.remove(records)) gone.push(outcome)
const look: SecondLookOptions = { wanted: 'removed' } // of what is in doubt, and here the registry has answered
console.log((await secondLook(client, records, gone, look)).map(({ result }) => result))
await rm(folder, { recursive: true })
