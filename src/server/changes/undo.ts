import { readBackup } from '../../client/purge/backup.ts'
import type { Restored } from '../../client/purge/restore.ts'
import { type KeptRun, keptRuns, runHistory } from '../../client/undo/backups.ts'
import { ranIn } from '../../client/undo/chosen.ts'
import { type UndoPlan, planUndo } from '../../client/undo/plan.ts'
import { restore, restoredLeases } from '../../client/undo/restore.ts'
import type { Run } from '../../client/undo/run.ts'
import { FAILURE } from '../answer.ts'
import { isForAll } from '../authenticate.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import type { ServedSite } from '../site.ts'
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
    const { changes, takenBack } = await runHistory(kept)
    if (changes > 0)
      listed.push({ id, at, command, user, ...(drained !== undefined && { drained }), records: changes, takenBack })
  }
  return listed
}

async function runsHere({ environment, client, logger }: ServedSite): Promise<KeptRun[]> {
  const { runs } = await keptRuns(environment, { logger })
  return runs.filter(({ run }) => ranIn(run, client.target))
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
export async function planBack(site: ServedSite, registry: ScopedRegistry, asked: AskedChange): Promise<PlannedChange> {
  const kept = (await runsHere(site)).find(({ run }) => run.id === asked.run)
  if (!kept)
    throw new RefusedRequest(FAILURE.notFound, 'there is no such run in this registry on the machine of this server')
  const { run, path } = kept
  const { client } = site
  // Before anything is said of it.
  registry.requireOwn((await readBackup(path)).records)
  const plan = await planUndo(client, kept, site)
  if (plan.records.length === 0)
    throw new RefusedRequest(
      FAILURE.notFound,
      `nothing to undo: ${run.id} is taken back already, or later runs changed the same`,
    )
  const planned = new Map(plan.records.map((each) => [each.key, each]))
  const items: ChangeItem[] = []
  for await (const { id: key, result } of restore(client, plan, { ...site, dryRun: true })) {
    const { service = '', id = '', action = 'restore' } = planned.get(key) ?? {}
    items.push({ key, service, id, action, result, note: noteOf(action, result) })
  }
  const notes = [
    `${run.id}: ${run.command}${run.drained === undefined ? '' : ` of ${run.drained}`} by ${run.user} at ${run.at}`,
    ...(plan.backups.some(({ backup }) => backup.tears.length > 0)
      ? ['the backup is torn: what is not whole in it is skipped']
      : []),
  ]
  const records = plan.records.map(({ record }) => record)
  return { asked, items, records, refusals: [], notes, carryOut: async () => await takeBack(site, plan) }
}

function noteOf(action: ChangeItem['action'], result: ChangeItem['result']): string | undefined {
  if (result === 'absent') return 'gone since'
  if (result === 'unchanged') return 'as it was before'
  if (result !== 'changed') return undefined
  return action === 'restore' ? 'occupied by another record, which stays' : 'changed since; left as it is'
}

async function takeBack(site: ServedSite, plan: UndoPlan): Promise<ChangeDone> {
  const { client, signal } = site
  const outcomes: Restored[] = []
  for await (const restored of restore(client, plan, site)) outcomes.push(restored)
  const { fresh } = await restoredLeases(client, plan, outcomes, { signal })
  const onNew = `${fresh.size} on new leases that nothing renews: gone after their TTL unless their process registers again`
  return { outcomes, notes: fresh.size > 0 ? [onNew] : [] }
}
