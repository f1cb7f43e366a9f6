import { messageOf } from '../../model/errors.ts'
import { requireUnprotected } from '../change/protection.ts'
import type { ChangeSite } from '../change/site.ts'
import type { Client } from '../client.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import { isOutOfTraffic } from '../../model/status.ts'
import { type Backup, skimBackup } from '../purge/backup.ts'
import { readTogether } from '../merge.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { type PutBack, type Restored, placeOf, putBack } from '../purge/restore.ts'
import { RunLog } from './run-log.ts'
import { isFinal, keepsRecord } from './run.ts'
import { asLeft, setBack } from './status-back.ts'

/** A backup, and what of it is to be taken back. */
interface TakeBack {
  readonly backup: Backup
  readonly chosen: readonly BackupRecord[]
  /** It is noted in the file what was taken back: not where the run was in another registry. */
  readonly isNoted: boolean
  /** Nothing is left out that could be taken back. */
  readonly isWhole: boolean
}

/** The records whose status the run changed, and those that it removed. */
function parted({ backup: { run }, chosen }: Pick<TakeBack, 'backup' | 'chosen'>): {
  kept: BackupRecord[]
  removed: BackupRecord[]
} {
  const isKept = (record: BackupRecord) => run !== undefined && keepsRecord(run.command, record)
  return { kept: chosen.filter(isKept), removed: chosen.filter((record) => !isKept(record)) }
}

/** @throws RollcallError `unsupported` where the registry cannot do what it takes */
export function requireAble({ capabilities, target }: Client, work: Pick<TakeBack, 'backup' | 'chosen'>): void {
  const { kept, removed } = parted(work)
  if (kept.length > 0 && !capabilities.offline) throw unsupported(target.driver, 'offline')
  if (removed.length > 0 && !capabilities.restore) throw unsupported(target.driver, 'restore')
}

/** What would become of each record; `planned`: it would be put or set back. Reads only. */
export async function foresee(site: ChangeSite, work: TakeBack): Promise<Restored[]> {
  const { client, signal } = site
  const { kept, removed, others: known } = await leftToDo(site, work)
  const { toSetBack, others } = await asLeftHere(site, work, kept)
  const planned = toSetBack.map(({ now: { id } }) => ({ id, result: 'planned' }) as const)
  const found: Restored[] = [...known, ...planned, ...others]
  for (const record of removed) {
    const place = await placeOf(client, record, { signal })
    const result = place === 'same' ? 'unchanged' : place === 'other' ? 'changed' : 'planned'
    found.push({ id: record.id, result })
  }
  return found
}

/**
 * What of it nobody has taken back since the backup was read, and an outcome for what somebody has: that is not put back once more, even
 * if it has gone since.
 */
async function leftToDo(
  { client, signal }: ChangeSite,
  work: TakeBack,
): Promise<ReturnType<typeof parted> & { readonly others: PutBack[] }> {
  const { path, history } = work.backup
  // A backup that cannot be read any more can be taken back all the same.
  const now = work.isNoted ? await skimBackup(path).catch(() => undefined) : undefined
  const isDone = ({ id }: BackupRecord): boolean =>
    isFinal(now?.history.restored.get(id)) && !isFinal(history.restored.get(id))
  const done = parted({ ...work, chosen: work.chosen.filter(isDone) })
  const others: PutBack[] = done.kept.map(({ id }) => ({ id, result: 'unchanged' }))
  for (const record of done.removed) {
    const place = await placeOf(client, record, { signal })
    const result = place === 'free' ? 'absent' : place === 'other' ? 'changed' : 'unchanged'
    others.push({ id: record.id, result })
  }
  return { ...parted({ ...work, chosen: work.chosen.filter((record) => !isDone(record)) }), others }
}

/**
 * Of records whose status was changed, those that are as they were left. Protection is asked about what is there now: a backup is a file,
 * which may say something else.
 * @throws RollcallError `refused` where something is protected that would go offline
 */
async function asLeftHere(
  site: ChangeSite,
  { backup }: TakeBack,
  kept: readonly BackupRecord[],
): ReturnType<typeof asLeft> {
  const { client, signal } = site
  const time = site.now()
  const found = await asLeft(client, backup, kept, { time, signal })
  const here = { backend: client.backend, now: () => time }
  const goingOffline = found.toSetBack.flatMap(({ now, before }) =>
    isOutOfTraffic(before) ? (readTogether(here, [now]) ?? []) : [],
  )
  requireUnprotected(goingOffline, site)
  return found
}

/** Takes one backup back, and notes in it what was; an outcome for each record, as it is known. */
export async function* takeOneBack(site: ChangeSite, work: TakeBack): AsyncGenerator<PutBack, void, undefined> {
  const { backup, isNoted, isWhole } = work
  await using log = isNoted ? await openLog(site, backup.path) : undefined
  const results = new Map<string, PutBack['result']>()
  for await (const restored of takingBack(site, work, log)) {
    results.set(restored.id, restored.result)
    log?.note(restored)
    yield restored
  }
  if (isWhole && [...results.values()].every(isFinal)) await log?.finish('undone', site.now())
  if (log?.failure !== undefined) site.logger.warn(`not noted that this was taken back: ${log.failure}`)
}

/** A backup that cannot be written any more can be taken back all the same. */
async function openLog({ logger }: ChangeSite, path: string): Promise<RunLog | undefined> {
  return await RunLog.open(path, 'restored').catch((error: unknown) => {
    logger.warn(`not noted that this is taken back: ${messageOf(error)}`)
    return undefined
  })
}

async function* takingBack(
  site: ChangeSite,
  work: TakeBack,
  log: RunLog | undefined,
): AsyncGenerator<PutBack, void, undefined> {
  const { client, signal } = site
  const { kept, removed, others: known } = await leftToDo(site, work)
  yield* known
  const { toSetBack, others } = await asLeftHere(site, work, kept)
  yield* others
  // What is put back is there, byte for byte, for whoever looks after a crash; of a status nobody could say whose it is.
  if (toSetBack.length > 0) await log?.doubt(toSetBack.map(({ now: { id } }) => id))
  yield* setBack(client, toSetBack, { signal })
  if (removed.length > 0) yield* putBack(client, removed, { signal })
}
