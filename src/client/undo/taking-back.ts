import { messageOf } from '../../model/errors.ts'
import type { ChangeSite } from '../change/site.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import type { Backup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { type Restored, placeOf, putBack } from '../purge/restore.ts'
import { RunLog } from './run-log.ts'
import { isFinal, keepsRecord } from './run.ts'
import { asLeft, setBack } from './status-back.ts'

/** A backup, and what of it is to be taken back. */
export interface TakeBack {
  /** As the user knows it. */
  readonly file: string
  readonly backup: Backup
  readonly chosen: readonly BackupRecord[]
  /** Where it is noted what was taken back; undefined where it is not, as for a run in another registry. */
  readonly log: string | undefined
  /** For the question: what there is besides the keys. */
  readonly facts: readonly string[]
}

/** What an undo would do with a record. `planned`: it would be put or set back. */
export type Foreseen = Pick<Restored, 'id'> & { readonly result: Restored['result'] | 'planned' }

/** The records whose status the run changed, and those that it removed. */
export function parted({ backup: { run }, chosen }: Pick<TakeBack, 'backup' | 'chosen'>): {
  kept: BackupRecord[]
  removed: BackupRecord[]
} {
  const isKept = (record: BackupRecord) => run !== undefined && keepsRecord(run.command, record)
  return { kept: chosen.filter(isKept), removed: chosen.filter((record) => !isKept(record)) }
}

/** @throws RollcallError `unsupported` where the registry cannot do what it takes */
export function requireAble({ client }: Pick<ChangeSite, 'client'>, work: TakeBack): void {
  const { kept, removed } = parted(work)
  if (kept.length > 0 && !client.capabilities.offline) throw unsupported(client.target.driver, 'offline')
  if (removed.length > 0 && !client.capabilities.restore) throw unsupported(client.target.driver, 'restore')
}

/** What would become of each record. Reads only. */
export async function foresee({ client, now, signal }: ChangeSite, work: TakeBack): Promise<Foreseen[]> {
  const { kept, removed } = parted(work)
  const { toSetBack, others } = await asLeft(client, work.backup, kept, { time: now(), signal })
  const found: Foreseen[] = [...toSetBack.map(({ now: { id } }) => ({ id, result: 'planned' }) as const), ...others]
  for (const record of removed) {
    const place = await placeOf(client, record, { signal })
    const result = place === 'same' ? 'unchanged' : place === 'other' ? 'changed' : 'planned'
    found.push({ id: record.id, result })
  }
  return found
}

/** Takes one backup back, and notes in it what was; an outcome for each record, as it is known. */
export async function* takeOneBack(site: ChangeSite, work: TakeBack): AsyncGenerator<Restored, void, undefined> {
  const { log: path } = work
  await using log = path === undefined ? undefined : await openLog(site, path)
  const results = new Map<string, Restored['result']>()
  for await (const restored of takingBack(site, work)) {
    results.set(restored.id, restored.result)
    log?.note(restored)
    yield restored
  }
  if ([...results.values()].every(isFinal)) await log?.finish('undone', site.now())
  if (log?.failure !== undefined) site.logger.warn(`not noted that this was taken back: ${log.failure}`)
}

/** A backup that cannot be written any more can be taken back all the same. */
async function openLog({ logger }: ChangeSite, path: string): Promise<RunLog | undefined> {
  return await RunLog.open(path, 'restored').catch((error: unknown) => {
    logger.warn(`not noted that this is taken back: ${messageOf(error)}`)
    return undefined
  })
}

async function* takingBack(site: ChangeSite, work: TakeBack): AsyncGenerator<Restored, void, undefined> {
  const { client, now, signal } = site
  const { kept, removed } = parted(work)
  const { toSetBack, others } = await asLeft(client, work.backup, kept, { time: now(), signal })
  yield* others
  yield* setBack(client, toSetBack, { signal })
  if (removed.length > 0) yield* putBack(client, removed, { signal })
}
