import type { Restored } from '../../client/purge/restore.ts'
import type { PlannedUndo, UndoPlan } from '../../client/undo/plan.ts'
import { restore, restoredLeases } from '../../client/undo/restore.ts'
import { messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'
import { confirm } from './confirmation.ts'
import { writeOutcomes } from './outcomes.ts'
import { requireUnprotected } from './protection.ts'
import { type WriteItem, writeResults } from './results.ts'
import { placeOf } from './place.ts'

/** How many keys are listed before the question. */
const NAMED = 20

export interface Consent {
  readonly yes: boolean
  readonly dryRun: boolean
}

interface Question extends Consent {
  /** For the question: what there is besides the keys. */
  readonly facts?: readonly string[]
  /** The backup as the user named it, if one was named. */
  readonly file?: string
}

/**
 * Puts removed records back, or sets changed ones back, after one question for all of a plan; prints what became of each and returns the
 * exit status. @throws the error that ended it
 */
export async function takeBack(
  context: Context,
  plan: UndoPlan,
  { yes, dryRun, facts = [], file }: Question,
): Promise<number> {
  const { records } = plan
  const backups = plan.backups.flatMap(({ backup, chosen }) => (chosen > 0 ? backup : []))
  for (const { path, tears } of backups)
    for (const { line, why } of tears)
      await context.say(`${file ?? path} is torn: line ${line} is incomplete (${why}) and is skipped`)
  const goingOffline = records.flatMap(({ action, entry }) => (action === 'offline' && entry ? entry : []))
  await requireUnprotected(context, goingOffline)
  if (yes || dryRun) for (const fact of facts) await context.say(fact)
  if (!dryRun) {
    const what = records.every(({ action }) => action !== 'restore') ? 'the status of' : ''
    const question = `Put ${[what, amount(records.length, 'record')].filter(Boolean).join(' ')} back?`
    await confirm(context, question, { yes, plan: [...facts, ...keysOf(records)] })
  }
  const status = await (dryRun ? foreseen(context, plan) : carryOut(context, plan))
  const isTorn = backups.some(({ tears }) => tears.length > 0)
  return isTorn && status === 0 ? statusOf('partial') : status
}

function keysOf(records: readonly PlannedUndo[]): string[] {
  const more = records.length - NAMED
  return [...records.slice(0, NAMED).map(({ key }) => key), ...(more > 0 ? [`… and ${more} more`] : [])]
}

async function foreseen(context: Context, plan: UndoPlan): Promise<number> {
  const itemFor = itemsOf(plan)
  const items: WriteItem[] = []
  const options = { ...(await placeOf(context)), dryRun: true }
  for await (const restored of restore(await context.client(), plan, options)) items.push(itemFor(restored))
  return await writeResults(context, items)
}

async function carryOut(context: Context, plan: UndoPlan): Promise<number> {
  const client = await context.client()
  const itemFor = itemsOf(plan)
  const total = plan.records.length
  const progress = startProgress(context, 'restored')
  const outcomes = new Map<string, Restored>()
  const items = () => [...outcomes.values()].map(itemFor)
  try {
    for await (const restored of restore(client, plan, await placeOf(context))) {
      outcomes.set(restored.id, restored)
      progress.count(outcomes.size, total)
    }
  } catch (error) {
    await progress.stop()
    if (outcomes.size > 0) await writeResults(context, items())
    const left = amount(total - outcomes.size, 'record')
    await context.say(`interrupted: ${left} in doubt or not attempted; run it again`)
    throw error
  }
  await progress.stop()
  const { own, fresh } = await restoredLeases(client, plan, outcomes.values(), { signal: context.signal })
  const leases = new Map(plan.records.map(({ key, record }) => [key, own.has(key) ? record.lease : undefined]))
  const status = await writeOutcomes(
    context,
    items().map((item) => withLease(item, leases)),
    outcomes,
  )
  await sayLeases(context, own.size, fresh.size)
  return status
}

function withLease(item: WriteItem, leases: ReadonlyMap<string, string | undefined>): WriteItem {
  const lease = leases.get(item.keys[0] ?? '')
  return lease === undefined ? item : { ...item, lease }
}

/** Reports how many records are back on their own leases, and how many on new ones. */
async function sayLeases(context: Context, own: number, others: number): Promise<void> {
  if (own > 0) await context.say(`${amount(own, 'record')} with the original lease, which still exists`)
  if (others === 0) return
  const fact = `${amount(others, 'record')} on new leases that nothing renews`
  await context.say(`${fact}: gone after their TTL unless their process registers again`)
}

const PUT_BACK: Partial<Record<WriteItem['result'], string>> = {
  changed: 'occupied by another record, which stays',
  unchanged: 'already there',
}

const SET_BACK: Partial<Record<WriteItem['result'], string>> = {
  changed: 'changed since; left as it is',
  unchanged: 'as it was before',
  absent: 'gone since',
}

/** Makes the result of a record of a plan. */
function itemsOf({ records }: UndoPlan) {
  const known = new Map(records.map((each) => [each.key, each]))
  return ({ id: key, result, error }: Restored): WriteItem => {
    const { service = '', id = '', action = 'restore' } = known.get(key) ?? {}
    const meaning = action === 'restore' ? PUT_BACK : SET_BACK
    const message = meaning[result] ?? (error && messageOf(error))
    const item: WriteItem = { action, service, id, keys: known.has(key) ? [key] : [], result }
    return message === undefined ? item : { ...item, message }
  }
}
