import { RollcallError, messageOf } from '../../model/errors.ts'
import { advice } from '../../model/wording.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { writeBackup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { currentOf, secondLook } from '../purge/second-look.ts'
import { keepFindable, newRun } from '../undo/new-run.ts'
import { RunLog } from '../undo/run-log.ts'
import { hasStatusOf } from '../undo/status-back.ts'
import { placeAt } from './place.ts'
import { requireUnprotected } from './protection.ts'
import type { ChangeSite, PlaceOptions } from './site.ts'
import type { Client } from '../client.ts'

/** How instances are taken out of traffic, or back. */
export interface ChangeStatusOptions extends PlaceOptions {
  /** Is stored with the records, where the registry can. */
  readonly reason?: string
}

/** What became of a change of status. */
export interface StatusChanged {
  /** One for each record. */
  readonly outcomes: readonly Outcome[]
  /** Of the run, as `undo` takes it, and its backup; absent where they could not be written. */
  readonly kept?: { readonly id: string; readonly backup: string }
}

/**
 * Takes instances out of traffic, or back, as `setStatus` does with records, and notes before in a backup what they were, which `restore`
 * sets them back to. Where that cannot be noted the change goes on without, with a warning: taking an instance out of traffic must not
 * depend on a disk.
 *
 * @throws RollcallError `unsupported` where records hold no status, `refused` where something that is to go offline is protected, `usage` for
 * another command
 */
export async function changeStatus(
  client: Client,
  entries: readonly InstanceEntry[],
  command: 'offline' | 'online',
  options: ChangeStatusOptions = {},
): Promise<StatusChanged> {
  const { reason } = options
  requireStatusCommand(command)
  if (command === 'offline') requireUnprotected(entries, options)
  const site = placeAt(client, options)
  const { signal } = site
  const records = entries.flatMap((entry) => entry.records)
  await using noted = await begin(site, command, records)
  const why = reason === undefined ? {} : { reason }
  const changes = await client.setStatus(records, command === 'offline' ? 'down' : 'up', { ...why, signal })
  const outcomes = await settled(site, noted?.log, { command, records, changes })
  return { outcomes, ...(noted && { kept: { id: noted.id, backup: noted.backup } }) }
}

/** Anything else would be taken for `online`, and written into a backup that nobody can read. */
function requireStatusCommand(command: unknown): void {
  if (command === 'offline' || command === 'online') return
  throw new RollcallError('usage', `${JSON.stringify(command)} is neither "offline" nor "online"`, {
    hint: 'changeStatus takes instances out of traffic with the one, and back with the other',
  })
}

/** Disposing of it notes that it has ended, however it did. */
interface StatusRun extends AsyncDisposable {
  readonly log: RunLog
  readonly id: string
  readonly backup: string
}

async function begin(
  site: ChangeSite,
  command: 'offline' | 'online',
  records: readonly RawRecord[],
): Promise<StatusRun | undefined> {
  const begun = newRun(site, command, undefined)
  const { run, path: backup } = begun
  let log: RunLog | undefined
  try {
    await writeBackup(backup, run, withStatuses(site, records))
    const opened = (log = await RunLog.open(backup, 'outcomes'))
    await log.begin(records.map(({ id }) => id))
    await keepFindable(site, begun)
    return { log, id: run.id, backup, [Symbol.asyncDispose]: async () => await end(site, opened) }
  } catch (error) {
    await log?.[Symbol.asyncDispose]()
    site.logger.warn(`${advice('undo')} will not be able to take this back: ${messageOf(error)}`)
    return undefined
  }
}

async function end(site: ChangeSite, log: RunLog): Promise<void> {
  await log.finish('ended', site.now())
  if (log.failure !== undefined) site.logger.warn(`some outcomes were not noted: ${log.failure}`)
  await log[Symbol.asyncDispose]()
}

/** The records with the statuses that they have, for a backup. */
export function withStatuses(
  { client: { backend }, now }: Pick<ChangeSite, 'client' | 'now'>,
  records: readonly RawRecord[],
): BackupRecord[] {
  return records.map((record) => {
    const reading = backend.read(record, now())
    const observed = reading.is === 'instance' ? reading.observed : undefined
    const layout = observed?.layout === 'service' ? undefined : observed?.layout
    return { ...record, layout, ...(observed && { status: observed.status }), ttlGranted: null }
  })
}

interface Changed {
  readonly command: 'offline' | 'online' | 'drain'
  readonly records: readonly RawRecord[]
  /** What the registry answered of each. */
  readonly changes: readonly Outcome[]
}

/**
 * Notes what became of each record whose status was changed, looks again at those in doubt, and notes how each was left; answers what is
 * known then. What the registry answered is noted first, so that it is not lost where the second look is cut off.
 */
export async function settled(
  site: ChangeSite,
  log: RunLog | undefined,
  { command, records, changes }: Changed,
): Promise<readonly Outcome[]> {
  for (const change of changes) log?.note(change)
  const outcomes = await secondLook(site.client, records, changes, { wanted: 'changed', signal: site.signal })
  if (!log) return outcomes
  for (const [at, outcome] of outcomes.entries()) if (outcome !== changes[at]) log.note(outcome)
  const done = new Set(outcomes.flatMap(({ id, result }) => (result === 'done' ? id : [])))
  const changed = records.filter(({ id }) => done.has(id))
  await log.leave(await leftOf(site, command, changed))
  return outcomes
}

/** The revisions of records that still have the status that they were given. A registry that cannot be read now leaves them out. */
async function leftOf(
  site: ChangeSite,
  command: Changed['command'],
  records: readonly RawRecord[],
): Promise<Record<string, string>> {
  const left: Record<string, string> = {}
  try {
    for await (const { id, now } of currentOf(site.client, records, site.signal)) {
      const isOurs = now && hasStatusOf(site.client, now, { command, time: site.now() })
      // Of another status: another has changed it already, and no revision is the one that we left.
      if (now?.revision !== undefined) left[id] = isOurs ? now.revision : ''
    }
  } catch (error) {
    site.logger.debug(`the records were not read again: ${messageOf(error)}`)
  }
  return left
}
