import type { Client } from '../../client/client.ts'
import type { BackupRecord } from '../../client/purge/backup-line.ts'
import { type Restored, onOwnLease } from '../../client/purge/restore.ts'
import { type BackupReadings, entriesOf, idIn, readingsOf } from '../../client/undo/backup-readings.ts'
import { keepsRecord } from '../../client/undo/run.ts'
import { type TakeBack, foresee, parted, requireAble, takeOneBack } from '../../client/undo/taking-back.ts'
import { messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'
import { confirm } from './confirmation.ts'
import { writeOutcomes } from './outcomes.ts'
import { requireUnprotected } from './protection.ts'
import { type WriteItem, writeResults } from './results.ts'
import { siteOf } from './site.ts'

/** How many keys are listed before the question. */
const NAMED = 20

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
  for (const work of works) {
    requireAble({ client }, work)
    await sayTears(context, work)
  }
  const chosen = works.flatMap((work) => work.chosen)
  const readings = await readingsOf(await siteOf(context), chosen)
  const goingOffline = works.flatMap((work) => (work.backup.run?.command === 'online' ? work.chosen : []))
  await requireUnprotected(context, entriesOf(readings, goingOffline))
  const facts = works.flatMap((work) => work.facts)
  if (yes || dryRun) for (const fact of facts) await context.say(fact)
  if (!dryRun) {
    const what = works.every((work) => parted(work).removed.length === 0) ? 'the status of' : ''
    const question = `Put ${[what, amount(chosen.length, 'record')].filter(Boolean).join(' ')} back?`
    await confirm(context, question, { yes, plan: [...facts, ...keysOf(chosen)] })
  }
  const itemFor = itemsOf(works, readings)
  const status = await (dryRun ? foreseen(context, { works, itemFor }) : carryOut(context, client, { works, itemFor }))
  const isTorn = works.some(({ backup }) => backup.tears.length > 0)
  return isTorn && status === 0 ? statusOf('partial') : status
}

async function sayTears(context: Context, { file, backup }: TakeBack): Promise<void> {
  for (const { line, why } of backup.tears)
    await context.say(`${file} is torn: line ${line} is incomplete (${why}) and is skipped`)
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

async function foreseen(context: Context, { works, itemFor }: Wanted): Promise<number> {
  const site = await siteOf(context)
  const items: WriteItem[] = []
  for (const work of works) items.push(...(await foresee(site, work)).map(itemFor))
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
    const site = await siteOf(context)
    for (const work of works) for await (const restored of takeOneBack(site, work)) take(restored)
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
