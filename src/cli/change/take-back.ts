import type { Client } from '../../client/client.ts'
import { unsupported } from '../../client/source.ts'
import type { Backup } from '../../client/purge/backup.ts'
import type { BackupRecord } from '../../client/purge/backup-line.ts'
import { type Restored, onOwnLease, placeOf, putBack } from '../../client/purge/restore.ts'
import { isFinal, keepsRecord } from '../../client/undo/run.ts'
import { RunLog } from '../../client/undo/run-log.ts'
import { asLeft, setBack } from '../../client/undo/status-back.ts'
import { messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'
import { type BackupReadings, entriesOf, idIn, readingsOf } from './backup-readings.ts'
import { confirm } from './confirmation.ts'
import { writeOutcomes } from './outcomes.ts'
import { requireUnprotected } from './protection.ts'
import { type WriteItem, writeResults } from './results.ts'

/** How many keys are listed before the question. */
const NAMED = 20

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

interface Consent {
  readonly yes: boolean
  readonly dryRun: boolean
}

/**
 * Puts removed records back, or sets changed ones back, after one question for all backups; prints what became of each and returns the
 * exit status. No record is chosen in two of them. @throws RollcallError `unsupported`, and the error that ended it
 */
export async function takeBack(
  context: Context,
  works: readonly TakeBack[],
  { yes, dryRun }: Consent,
): Promise<number> {
  const client = await context.client()
  for (const work of works) await check(context, client, work)
  const chosen = works.flatMap((work) => work.chosen)
  const readings = await readingsOf(context, client, chosen)
  const goingOffline = works.flatMap((work) => (work.backup.run?.command === 'online' ? work.chosen : []))
  await requireUnprotected(context, entriesOf(readings, goingOffline))
  if (!dryRun) {
    const what = works.every((work) => parted(work).removed.length === 0) ? 'the status of' : ''
    const question = `Put ${[what, amount(chosen.length, 'record')].filter(Boolean).join(' ')} back?`
    await confirm(context, question, { yes, plan: [...works.flatMap(({ facts }) => facts), ...keysOf(chosen)] })
  }
  const itemFor = itemsOf(works, readings)
  const status = await (dryRun
    ? foresee(context, client, { works, itemFor })
    : carryOut(context, client, { works, itemFor }))
  const isTorn = works.some(({ backup }) => backup.tears.length > 0)
  return isTorn && status === 0 ? statusOf('partial') : status
}

async function check(context: Context, client: Client, work: TakeBack): Promise<void> {
  const { file, backup } = work
  const { kept, removed } = parted(work)
  if (kept.length > 0 && !client.capabilities.offline) throw unsupported(client.target.driver, 'offline')
  if (removed.length > 0 && !client.capabilities.restore) throw unsupported(client.target.driver, 'restore')
  for (const { line, why } of backup.tears)
    await context.say(`${file} is torn: line ${line} is incomplete (${why}) and is skipped`)
}

/** The records whose status the run changed, and those that it removed. */
function parted({ backup: { run }, chosen }: TakeBack): { kept: BackupRecord[]; removed: BackupRecord[] } {
  const isKept = (record: BackupRecord) => run !== undefined && keepsRecord(run.command, record)
  return { kept: chosen.filter(isKept), removed: chosen.filter((record) => !isKept(record)) }
}

function keysOf(records: readonly BackupRecord[]): string[] {
  const more = records.length - NAMED
  return [...records.slice(0, NAMED).map(({ id }) => id), ...(more > 0 ? [`… and ${more} more`] : [])]
}

interface Wanted {
  readonly works: readonly TakeBack[]
  /** Makes the result of a record. */
  readonly itemFor: (fate: Fate) => WriteItem
}

async function foresee(context: Context, client: Client, { works, itemFor }: Wanted): Promise<number> {
  const { signal } = context
  const items: WriteItem[] = []
  for (const work of works) {
    const { backup } = work
    const { kept, removed } = parted(work)
    const { toSetBack, others } = await asLeft(client, backup, kept, { time: context.now(), signal })
    const planned = toSetBack.map(({ now: { id } }) => ({ id, result: 'planned' }) as const)
    items.push(...[...planned, ...others].map(itemFor))
    for (const record of removed) {
      const place = await placeOf(client, record, { signal })
      const result = place === 'same' ? 'unchanged' : place === 'other' ? 'changed' : 'planned'
      items.push(itemFor({ id: record.id, result }))
    }
  }
  return await writeResults(context, items)
}

async function carryOut(context: Context, client: Client, { works, itemFor }: Wanted): Promise<number> {
  const chosen = works.flatMap((work) => work.chosen)
  const byId = new Map(chosen.map((record) => [record.id, record]))
  const progress = startProgress(context, 'restored')
  const outcomes = new Map<string, Restored>()
  const items = () => [...outcomes.values()].map(itemFor)
  const take = (restored: Restored) => {
    outcomes.set(restored.id, restored)
    progress.count(outcomes.size, chosen.length)
  }
  try {
    for (const work of works) await carryOutOne(context, client, work, take)
  } catch (error) {
    await progress.stop()
    if (outcomes.size > 0) await writeResults(context, items())
    const left = amount(chosen.length - outcomes.size, 'record')
    await context.say(`interrupted: ${left} in doubt or not attempted; run it again`)
    throw error
  }
  await progress.stop()
  const leased = chosen.filter(({ id, ttlGranted }) => outcomes.get(id)?.result === 'done' && ttlGranted !== null)
  const own = await onOwnLease(client, leased, { signal: context.signal })
  const status = await writeOutcomes(
    context,
    items().map((item) => withLease(item, own, byId)),
    outcomes,
  )
  await sayLeases(context, own.size, leased.length - own.size)
  return status
}

/** Takes one backup back, and notes in it what was. */
async function carryOutOne(
  context: Context,
  client: Client,
  work: TakeBack,
  take: (restored: Restored) => void,
): Promise<void> {
  const { log: path } = work
  await using log = path === undefined ? undefined : await openLog(context, path)
  const results = new Map<string, Restored['result']>()
  for await (const restored of takingBack(context, client, work)) {
    results.set(restored.id, restored.result)
    take(restored)
    log?.note(restored)
  }
  if ([...results.values()].every(isFinal)) await log?.finish('undone', context.now())
  if (log?.failure !== undefined) context.logger.warn(`not noted that this was taken back: ${log.failure}`)
}

/** A backup that cannot be written any more can be taken back all the same. */
async function openLog(context: Context, path: string): Promise<RunLog | undefined> {
  return await RunLog.open(path, 'restored').catch((error: unknown) => {
    context.logger.warn(`not noted that this is taken back: ${messageOf(error)}`)
    return undefined
  })
}

async function* takingBack(
  context: Context,
  client: Client,
  work: TakeBack,
): AsyncGenerator<Restored, void, undefined> {
  const { signal } = context
  const { kept, removed } = parted(work)
  const { toSetBack, others } = await asLeft(client, work.backup, kept, { time: context.now(), signal })
  yield* others
  yield* setBack(client, toSetBack, { signal })
  if (removed.length > 0) yield* putBack(client, removed, { signal })
}

function withLease(item: WriteItem, own: ReadonlySet<string>, byId: ReadonlyMap<string, BackupRecord>): WriteItem {
  const [key = ''] = item.keys
  const lease = own.has(key) ? byId.get(key)?.lease : undefined
  return lease === undefined ? item : { ...item, lease }
}

/** Reports how many records are back on their own leases, and how many on new ones. */
async function sayLeases(context: Context, own: number, others: number): Promise<void> {
  if (own > 0) await context.say(`${amount(own, 'record')} with the original lease, which still exists`)
  if (others === 0) return
  const fact = `${amount(others, 'record')} on new leases that nothing renews`
  await context.say(`${fact}: gone after their TTL unless their process registers again`)
}

type Fate = Pick<Restored, 'id' | 'error'> & { readonly result: WriteItem['result'] }

const PUT_BACK: Partial<Record<WriteItem['result'], string>> = {
  changed: 'occupied by another record, which stays',
  unchanged: 'already there',
}

const SET_BACK: Partial<Record<WriteItem['result'], string>> = {
  changed: 'changed since; left as it is',
  unchanged: 'as it was before',
  absent: 'gone since',
}

/** Makes the result of a record of one of the backups. */
function itemsOf(works: readonly TakeBack[], readings: BackupReadings) {
  const known = new Map(
    works.flatMap(({ backup: { run }, chosen }) => chosen.map((record) => [record.id, { record, run }] as const)),
  )
  return ({ id, result, error }: Fate): WriteItem => {
    const { record, run } = known.get(id) ?? {}
    const isKept = run !== undefined && record !== undefined && keepsRecord(run.command, record)
    const meaning = isKept ? SET_BACK : PUT_BACK
    const action = !isKept ? 'restore' : run.command === 'online' ? 'offline' : 'online'
    const message = meaning[result] ?? (error && messageOf(error))
    const keys = record ? [record.id] : []
    const item: WriteItem = { action, service: record?.service ?? '', id: idIn(readings, id), keys, result }
    return message === undefined ? item : { ...item, message }
  }
}
