import { messageOf } from '../../model/errors.ts'
import type { ChangeSite } from '../change/site.ts'
import type { Client } from '../client.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import type { Backup } from '../purge/backup.ts'
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
export async function foresee({ client, now, signal }: ChangeSite, work: TakeBack): Promise<Restored[]> {
  const { kept, removed } = parted(work)
  const { toSetBack, others } = await asLeft(client, work.backup, kept, { time: now(), signal })
  const found: Restored[] = [...toSetBack.map(({ now: { id } }) => ({ id, result: 'planned' }) as const), ...others]
  for (const record of removed) {
    const place = await placeOf(client, record, { signal })
    const result = place === 'same' ? 'unchanged' : place === 'other' ? 'changed' : 'planned'
    found.push({ id: record.id, result })
  }
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
  const { client, now, signal } = site
  const { kept, removed } = parted(work)
  const { toSetBack, others } = await asLeft(client, work.backup, kept, { time: now(), signal })
  yield* others
  // What is put back is there, byte for byte, for whoever looks after a crash; of a status nobody could say whose it is.
  if (toSetBack.length > 0) await log?.doubt(toSetBack.map(({ now: { id } }) => id))
  yield* setBack(client, toSetBack, { signal })
  if (removed.length > 0) yield* putBack(client, removed, { signal })
}
