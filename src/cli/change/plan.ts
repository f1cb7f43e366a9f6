import type { PlannedRemoval, PurgePlan } from '../../client/purge/plan.ts'
import { formatDuration } from '../../model/duration.ts'
import type { Context } from '../command.ts'
import { createColours } from '../output/colours.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { listWriter, printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'
import { clean } from '../output/text.ts'
import { sayForeign } from '../select/alternatives.ts'
import { whereabouts } from './confirmation.ts'

/** Prints the plan on standard output in the format that the flags ask for, and its notes on standard error. */
export async function printPlan(context: Context, plan: PurgePlan): Promise<void> {
  const output = parseOutput(context.globals)
  const { format, fields } = output
  const items = plan.records.map(itemOf)
  if (isThingFormat(format)) await writeThing(context.io.stdout, 'PurgePlan', { records: items }, { format, fields })
  else {
    const writer = await printList(context, 'PurgePlan', planTable, output)
    for (const item of items) await writer.row(item)
    await writer.end()
  }
  await sayNotes(context, plan)
  await sayForeign(context, await context.client(), plan.foreign)
  await sayAmount(context, plan)
}

/** Shows the plan as a table on standard error, before a question or a change. */
export async function showPlan(context: Context, plan: PurgePlan): Promise<void> {
  const { stderr } = context.io
  if (context.globals.quiet && !stderr.isTerminal) return
  const writer = await listWriter(stderr, {
    kind: 'PurgePlan',
    output: parseOutput({}),
    table: planTable,
    colours: await createColours(context.io, context.globals.color, 'stderr'),
    now: context.now(),
    signal: context.signal,
  })
  for (const removal of plan.records) await writer.row(itemOf(removal))
  await writer.end()
  await sayNotes(context, plan)
  await sayForeign(context, await context.client(), plan.foreign)
  await sayAmount(context, plan)
}

/** Reports that there is nothing to purge, and how many records each other reason selects. */
export async function sayNothingToDo(
  context: Context,
  { others, byDefault, notes, foreign }: PurgePlan,
): Promise<void> {
  const client = await context.client()
  await context.say(`nothing to purge in ${clean(whereabouts(await context.resolved()))}`)
  if (byDefault && client.capabilities.lease) await context.say('leased records expire on their own')
  for (const note of notes) await context.say(`note: ${note}`)
  await sayForeign(context, client, foreign)
  const counts = [...others].map(([reason, count]) => `${flagOf(reason)} ${count}`)
  if (counts.length > 0) await context.say(`other flags would select: ${counts.join(', ')}`)
}

function flagOf(reason: string): string {
  if (reason === '') return 'purge without one'
  if (reason === 'malformed') return '--malformed'
  return reason === 'noLease' ? '--no-lease' : `--status ${reason}`
}

/** Reports the consequences of a plan, a line each. */
export async function sayNotes(context: Context, { records, notes: standing }: PurgePlan): Promise<void> {
  const notes = new Set([
    ...records.flatMap(({ note, lost }) => [note, lost].filter((each) => each !== undefined)),
    ...standing,
  ])
  for (const note of notes) await context.say(`note: ${note}`)
  if (records.some((removal) => !removal.guarded))
    await context.say('note: this registry has no compare-and-delete; each record is re-read right before removal')
}

async function sayAmount(context: Context, { records }: PurgePlan): Promise<void> {
  await context.say(`${amount(records.length, 'record')} to remove in ${clean(whereabouts(await context.resolved()))}`)
}

function itemOf({ record: _record, layout: _layout, ...item }: PlannedRemoval): PlannedItem {
  return item
}

/** One planned removal, as it is printed. */
export type PlannedItem = Omit<PlannedRemoval, 'record' | 'layout'>

export const planTable: TableOf<PlannedItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.service, identifies: true },
    { name: 'ID', text: (item) => item.id ?? '', identifies: true },
    { name: 'LIVE', text: (item) => yesOrNo(item.live), tone: (item) => (item.live ? 'notice' : 'quiet') },
    { name: 'LEASED', text: leasedText },
    { name: 'KEY', text: (item) => item.key },
    { name: 'REASON', text: (item) => item.reason },
    { name: 'COMES-BACK', text: (item) => yesOrNo(item.comesBack), wide: true },
    { name: 'GUARDED', text: (item) => yesOrNo(item.guarded), wide: true },
    { name: 'REVISION', text: (item) => item.revision ?? '', wide: true },
    { name: 'NOTE', text: (item) => item.note ?? '', wide: true },
  ],
  name: (item) => item.key,
}

/** Whether the lease exists, with the time left where the registry gives it. */
function leasedText({ leased, ttl }: PlannedItem): string {
  if (leased === undefined) return '-'
  return leased && ttl ? `yes, ${formatDuration(ttl.remaining * 1000)}` : yesOrNo(leased)
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
