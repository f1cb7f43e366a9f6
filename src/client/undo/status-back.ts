import type { RawRecord } from '../../model/record.ts'
import { type Status, isOutOfTraffic } from '../../model/status.ts'
import type { Client } from '../client.ts'
import type { Backup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import type { PutBack } from '../purge/restore.ts'
import { currentOf, secondLook } from '../purge/second-look.ts'
import { type RunCommand, type RunResult, statusBefore } from './run.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** A record that is still as a change of status left it, and the status that it had before. */
export interface ToSetBack {
  readonly now: RawRecord
  readonly before: Status
}

/** Of the records of a run, those that are as it left them; an outcome for each other one. Reads only. `time`: now, in milliseconds since 1970. */
export async function asLeft(
  client: Client,
  { run, history }: Pick<Backup, 'run' | 'history'>,
  records: readonly BackupRecord[],
  { time, signal }: Stop & { readonly time: number },
): Promise<{ readonly toSetBack: ToSetBack[]; readonly others: PutBack[] }> {
  const [toSetBack, others]: [ToSetBack[], PutBack[]] = [[], []]
  if (records.length === 0) return { toSetBack, others }
  const byId = new Map(records.map((record) => [record.id, record]))
  for await (const { id, now } of currentOf(client, records, signal)) {
    const record = byId.get(id)
    const before = record && run && statusBefore(record, run.command)
    if (!now) others.push({ id, result: 'absent' })
    else if (before === undefined || !run) others.push({ id, result: 'unchanged' })
    else if (isAsLeft(client, now, { command: run.command, left: history.left.get(id), time }))
      toSetBack.push({ now, before })
    else if (isSetBack(client, now, { before, undone: history.restored.get(id), time }))
      others.push({ id, result: 'unchanged' })
    else others.push({ id, result: now.revision === record?.revision ? 'unchanged' : 'changed' })
  }
  return { toSetBack, others }
}

/** The revision alone does not say it: in Consul it is that of the registration, whatever its checks do. A run that was cut off has noted none. */
function isAsLeft(
  client: Client,
  now: RawRecord,
  { command, left, time }: { readonly command: RunCommand; readonly left: string | undefined; readonly time: number },
): boolean {
  return hasStatusOf(client, now, { command, time }) && (left === undefined || now.revision === left)
}

/** Whether an undo that was cut off has set the record back, or somebody else has meanwhile. */
function isSetBack(
  client: Client,
  now: RawRecord,
  { before, undone, time }: { readonly before: Status; readonly undone: RunResult | undefined; readonly time: number },
): boolean {
  const command = isOutOfTraffic(before) ? 'offline' : 'online'
  return undone === 'in-doubt' && hasStatusOf(client, now, { command, time })
}

/** Whether a record has the status that a command gives. `time`: in milliseconds since 1970. */
export function hasStatusOf(
  { backend }: Client,
  record: RawRecord,
  { command, time }: { readonly command: RunCommand; readonly time: number },
): boolean {
  const reading = backend.read(record, time)
  if (reading.is !== 'instance') return false
  return isOutOfTraffic(reading.observed.status) === (command !== 'online')
}

/** Sets records back to the status that they had; an outcome for each. */
export async function* setBack(
  client: Client,
  toSetBack: readonly ToSetBack[],
  stop: Stop,
): AsyncGenerator<PutBack, void, undefined> {
  const byStatus = new Map<Status, RawRecord[]>()
  for (const { now, before } of toSetBack) byStatus.set(before, [...(byStatus.get(before) ?? []), now])
  for (const [status, records] of byStatus) {
    const outcomes = await client.setStatus(records, status, stop)
    yield* await secondLook(client, records, outcomes, { wanted: 'changed', ...stop })
  }
}
