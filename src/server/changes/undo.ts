import { requireUnprotected } from '../../client/change/protection.ts'
import type { ServedSite } from '../site.ts'
import { readBackup } from '../../client/purge/backup.ts'
import { onOwnLease, type Restored } from '../../client/purge/restore.ts'
import { entriesOf, idIn, readingsOf } from '../../client/undo/backup-readings.ts'
import { type KeptRun, historyOf, keptRuns, removedAfter } from '../../client/undo/backups.ts'
import { chosenOf, isIn } from '../../client/undo/chosen.ts'
import { requireEnded } from '../../client/undo/new-run.ts'
import { keepsRecord, type Run } from '../../client/undo/run.ts'
import { type TakeBack, foresee, requireAble, takeOneBack } from '../../client/undo/taking-back.ts'
import { FAILURE } from '../answer.ts'
import { isForAll } from '../authenticate.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import type { AskedChange, ChangeDone, ChangeItem, PlannedChange } from './planned.ts'

/** Runs that are listed at most; each is a file to read. */
const LISTED = 20

/** A run as a client of this server sees it. */
export interface ListedRun extends Pick<Run, 'id' | 'at' | 'command' | 'user' | 'drained'> {
  /** How many records it changed, or may have changed. */
  readonly records: number
  readonly takenBack: 'no' | 'partly' | 'yes'
}

/** The newest runs in this registry that changed something, as far as every record of each is of a service that the token is for. */
export async function listRuns(site: ServedSite, registry: ScopedRegistry): Promise<ListedRun[]> {
  const listed: ListedRun[] = []
  for (const kept of await runsHere(site)) {
    if (listed.length === LISTED) break
    const { id, at, command, user, drained } = kept.run
    if (!isForAll(registry.identity) && !(await isOwn(registry, kept))) continue
    const { changes, takenBack } = await historyOf(kept)
    if (changes > 0)
      listed.push({ id, at, command, user, ...(drained !== undefined && { drained }), records: changes, takenBack })
  }
  return listed
}

async function runsHere({ environment, client, logger }: ServedSite): Promise<KeptRun[]> {
  const { runs, strange, newer } = await keptRuns(environment)
  for (const path of newer) logger.warn(`${path} was written by a newer rollcall, so it is not used`)
  for (const path of strange) logger.warn(`${path} could have been written by another user, so it is not used`)
  return runs.filter(({ run }) => isIn(run, client.target))
}

async function isOwn(registry: ScopedRegistry, { path }: KeptRun): Promise<boolean> {
  const known = services.get(path) ?? (await servicesIn(path))
  return known !== undefined && [...known].every((service) => registry.maySee(service))
}

/** The services of the records in each backup that was read whole: these lines of it never change. */
const services = new Map<string, ReadonlySet<string>>()
/** Backups that are remembered at most; then all are forgotten. */
const REMEMBERED = 1_000

/** Undefined for a backup that is still being written, or is torn: what it lacks may be of any service. */
async function servicesIn(path: string): Promise<ReadonlySet<string> | undefined> {
  const backup = await readBackup(path).catch(() => undefined)
  if (!backup || backup.tears.length > 0) return undefined
  const found = new Set(backup.records.map(({ service }) => service))
  if (services.size >= REMEMBERED) services.clear()
  services.set(path, found)
  return found
}

/** The plan to take a run back. @throws RefusedRequest `notFound`; `forbidden` for a run with a record of another service */
export async function planUndo(site: ServedSite, registry: ScopedRegistry, asked: AskedChange): Promise<PlannedChange> {
  const runs = await runsHere(site)
  const kept = runs.find(({ run }) => run.id === asked.run)
  if (!kept)
    throw new RefusedRequest(FAILURE.notFound, 'there is no such run in this registry on the machine of this server')
  const { run, path } = kept
  const backup = await readBackup(path)
  registry.requireOwn(backup.records)
  requireEnded(run, backup.history)
  const chosen = chosenOf(backup, { again: false, later: await removedAfter(kept, runs) })
  if (chosen.length === 0)
    throw new RefusedRequest(
      FAILURE.notFound,
      `nothing to undo: ${run.id} is taken back already, or later runs changed the same`,
    )
  const work: TakeBack = { file: run.id, backup, chosen, log: path, facts: [] }
  requireAble(site, work)
  const readings = await readingsOf(site, chosen)
  if (run.command === 'online') requireUnprotected(entriesOf(readings, chosen), site)
  const records = new Map(chosen.map((record) => [record.id, record]))
  const items = (await foresee(site, work)).map(({ id: key, result }): ChangeItem => {
    const record = records.get(key)
    const isKept = record !== undefined && keepsRecord(run.command, record)
    const action = !isKept ? 'restore' : run.command === 'online' ? 'offline' : 'online'
    return {
      key,
      service: record?.service ?? '',
      id: idIn(readings, key),
      action,
      result,
      note: noteOf(action, result),
    }
  })
  const notes = [
    `${run.id}: ${run.command}${run.drained === undefined ? '' : ` of ${run.drained}`} by ${run.user} at ${run.at}`,
    ...(backup.tears.length > 0 ? ['the backup is torn: what is not whole in it is skipped'] : []),
  ]
  const plan = { asked, items, records: chosen, refusals: [], notes }
  return { ...plan, carryOut: async () => await takeBack(site, work) }
}

function noteOf(action: ChangeItem['action'], result: ChangeItem['result']): string | undefined {
  if (result === 'absent') return 'gone since'
  if (result === 'unchanged') return 'as it was before'
  if (result !== 'changed') return undefined
  return action === 'restore' ? 'occupied by another record, which stays' : 'changed since; left as it is'
}

async function takeBack(site: ServedSite, work: TakeBack): Promise<ChangeDone> {
  const { client, signal } = site
  const outcomes: Restored[] = []
  for await (const restored of takeOneBack(site, work)) outcomes.push(restored)
  const done = new Set(outcomes.flatMap(({ id, result }) => (result === 'done' ? id : [])))
  const leased = work.chosen.filter(
    ({ id, ttlGranted, status }) => done.has(id) && ttlGranted !== null && status === undefined,
  )
  const own = await onOwnLease(client, leased, { signal })
  const others = leased.length - own.size
  const onNew = `${others} on new leases that nothing renews: gone after their TTL unless their process registers again`
  return { outcomes, notes: others > 0 ? [onNew] : [] }
}
