import type { Client } from '../../client/client.ts'
import { writeBackup } from '../../client/purge/backup.ts'
import { currentOf } from '../../client/purge/second-look.ts'
import type { BackupRecord } from '../../client/purge/backup-line.ts'
import { RunLog } from '../../client/undo/run-log.ts'
import { hasStatusOf } from '../../client/undo/status-back.ts'
import { messageOf } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { keepFindable, newRun } from './run.ts'

/** A change of status as `undo` needs it: what was there before, what became of each record, and how it was left. */
export interface StatusRun extends AsyncDisposable {
  end(outcomes: readonly Outcome[]): Promise<void>
}

/**
 * Notes the records before their status is changed. Where that is not possible the change goes on without, with a warning:
 * taking an instance out of traffic must not depend on a disk.
 */
export async function beginStatusRun(
  context: Context,
  command: 'offline' | 'online',
  records: readonly RawRecord[],
): Promise<StatusRun | undefined> {
  const begun = await newRun(context, command, undefined)
  try {
    await writeBackup(begun.path, begun.run, withStatuses(context, await context.client(), records))
    const log = await RunLog.open(begun.path, 'outcomes')
    await log.begin(records.map(({ id }) => id))
    await keepFindable(context, begun)
    return {
      end: (outcomes) => end(context, log, { command, records, outcomes }),
      [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
    }
  } catch (error) {
    context.logger.warn(`rollcall undo will not be able to take this back: ${messageOf(error)}`)
    return undefined
  }
}

/** The records with the statuses that they have, for a backup. */
export function withStatuses(context: Context, { backend }: Client, records: readonly RawRecord[]): BackupRecord[] {
  return records.map((record) => {
    const reading = backend.read(record, context.now())
    const observed = reading.is === 'instance' ? reading.observed : undefined
    const layout = observed?.layout === 'service' ? undefined : observed?.layout
    return { ...record, layout, ...(observed && { status: observed.status }), ttlGranted: null }
  })
}

interface Ended {
  readonly command: 'offline' | 'online' | 'drain'
  readonly records: readonly RawRecord[]
  readonly outcomes: readonly Outcome[]
}

async function end(context: Context, log: RunLog, ended: Ended): Promise<void> {
  await noteStatuses(context, log, ended)
  await log.finish('ended', context.now())
  if (log.failure !== undefined) context.logger.warn(`some outcomes were not noted: ${log.failure}`)
}

/** Notes what became of each record whose status was changed, and how it was left. */
export async function noteStatuses(
  context: Context,
  log: RunLog,
  { command, records, outcomes }: Ended,
): Promise<void> {
  for (const outcome of outcomes) log.note(outcome)
  const done = new Set(outcomes.flatMap(({ id, result }) => (result === 'done' ? id : [])))
  await log.leave(
    await leftOf(
      context,
      command,
      records.filter(({ id }) => done.has(id)),
    ),
  )
}

/** The revisions of records that still have the status that they were given. A registry that cannot be read now leaves them out. */
async function leftOf(
  context: Context,
  command: Ended['command'],
  records: readonly RawRecord[],
): Promise<Record<string, string>> {
  const left: Record<string, string> = {}
  const client = await context.client()
  try {
    for await (const { id, now } of currentOf(client, records, context.signal)) {
      const isOurs = now && hasStatusOf(client, now, { command, time: context.now() })
      // Of another status: another has changed it already, and no revision is the one that we left.
      if (now?.revision !== undefined) left[id] = isOurs ? now.revision : ''
    }
  } catch (error) {
    context.logger.debug(`the records were not read again: ${messageOf(error)}`)
  }
  return left
}
