import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type PlannedRemoval, type PurgePlan, planPurge } from '../../client/purge/plan.ts'
import { purge as carryOut } from '../../client/purge/purge.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { parseSelection } from '../../reports/selection.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { statusOf } from '../exit-status.ts'
import { flaggedKeys } from '../flagged-keys.ts'
import { noSuchService, readListing } from '../listing.ts'
import { type OptionValues, list, toggle, value } from '../option.ts'
import {
  amount,
  createColours,
  isThingFormat,
  listWriter,
  parseOutput,
  planTable,
  writeThing,
} from '../output/index.ts'
import { startProgress } from '../progress.ts'
import { confirm, requireWritable, whereabouts } from '../prompt.ts'
import { consentOptions, selectorOptions } from '../shared-options.ts'

const { status: _status, ...selectors } = selectorOptions

const options = {
  malformed: toggle('--malformed', 'records that no client can use'),
  rule: list('--rule <code>', 'records that this rule of check-keys flags; may be repeated'),
  noLease: toggle('--no-lease', 'records that never expire and should'),
  status: list('--status <status>', 'instances of this status; may be repeated'),
  unreachable: toggle('--unreachable', 'instances of which no endpoint answers several tries'),
  ...selectors,
  maxPercent: value('--max-percent <percent>', "of a service's instances that may go while called up (50)"),
  keepMin: value('--keep-min <count>', 'instances that must stay up in each service (0)'),
  force: toggle('--force', 'lift that guard'),
  backup: value('--backup <file>', 'where removed records are kept for `restore`'),
  ...consentOptions,
} as const

type Flags = OptionValues<typeof options>

export const purge = command({
  name: 'purge',
  usage: '[service...]',
  summary: 'remove dead or malformed records, after a plan and a backup',
  examples: [
    { line: 'rollcall purge --dry-run', does: "what is dead by the registry's own word" },
    { line: 'rollcall purge --malformed', does: 'what check-keys calls an error; asks first' },
    { line: 'rollcall purge payments --unreachable', does: 'instances that nobody can reach, after several tries' },
    { line: 'rollcall purge --status down --older-than 7d --yes', does: 'for a nightly job' },
  ],
  notes: [
    "Reasons (--malformed, --rule, --no-lease, --status, --unreachable) choose, any of them; selectors narrow. Without a reason: what is dead by the registry's own word.",
    'Each record is removed only as the plan saw it. A backup is written first; `rollcall restore FILE` puts it back.',
  ],
  options,
  async run(context, words, flags) {
    if (!flags.dryRun) await requireWritable(context)
    const plan = await makePlan(context, words, flags)
    if (plan.looked === 0 && words.length > 0) throw await noSuchService(context, readListing(context, words, {}))
    if (plan.records.length === 0) return await sayNothingToDo(context, plan)
    if (flags.dryRun) return await showPlan(context, plan, flags, context.io.stdout)
    await showPlan(context, plan, flags, context.io.stderr)
    if (plan.refusals.length > 0 && !flags.force) throw refused(plan)
    await confirm(context, `Remove ${amount(plan.records.length, 'record')}?`, { yes: flags.yes })
    return await run(context, plan.records, flags.backup)
  },
})

async function makePlan(context: Context, words: readonly string[], flags: Flags): Promise<PurgePlan> {
  const guard = {
    maxPercent: wholeNumber('--max-percent', flags.maxPercent, 50),
    keepMin: wholeNumber('--keep-min', flags.keepMin, 0),
  }
  const statuses: readonly Status[] = parseSelection({ status: flags.status }).statuses
  const listing = readListing(context, words, { ...flags, status: [] })
  const client = await context.client()
  const flagged = flags.rule.length === 0 ? undefined : await flaggedKeys(context, client, listing, flags.rule)
  const progress = startProgress(context, 'looking')
  try {
    return await planPurge(client, {
      scope: listing.scope,
      inScope: listing.inScope,
      selects: listing.selects,
      reasons: {
        malformed: flags.malformed,
        noLease: flags.noLease,
        unreachable: flags.unreachable,
        statuses,
        ...(flagged ? { flagged } : {}),
      },
      guard,
      now: context.now(),
      signal: context.signal,
    })
  } finally {
    await progress.stop()
  }
}

async function showPlan(
  context: Context,
  plan: PurgePlan,
  flags: Flags,
  output: Context['io']['stdout'],
): Promise<number> {
  const shape = parseOutput(context.globals)
  const { format, fields } = shape
  const toPeople = output === context.io.stderr
  if (!toPeople && isThingFormat(format))
    await writeThing(output, 'PurgePlan', { records: plan.records.map(plannedItem) }, { format, fields })
  else if (!toPeople || !context.globals.quiet) {
    const colours = createColours(context.io, context.globals.color, toPeople ? 'stderr' : 'stdout')
    const table = toPeople ? { ...shape, format: 'table' as const, columns: undefined, fields: undefined } : shape
    const writer = await listWriter(output, {
      kind: 'PurgePlan',
      output: table,
      table: planTable,
      colours,
      now: context.now(),
    })
    for (const removal of plan.records) await writer.row(plannedItem(removal))
    await writer.end()
  }
  for (const note of new Set(plan.records.flatMap((removal) => removal.note ?? []))) await context.say(`note: ${note}`)
  if (plan.records.some((removal) => !removal.guarded))
    await context.say('note: unguarded: this registry cannot compare; each record is read again just before')
  await context.say(`${amount(plan.records.length, 'record')} to remove in ${whereabouts(await context.resolved())}`)
  if (plan.refusals.length > 0 && flags.dryRun && !flags.force) throw refused(plan)
  return 0
}

async function run(context: Context, removals: readonly PlannedRemoval[], file: string | undefined): Promise<number> {
  const backup = file === undefined ? defaultBackup(context) : resolve(context.io.cwd, file)
  const progress = startProgress(context, 'removed')
  const outcomes: Outcome[] = []
  const client = await context.client()
  try {
    for await (const outcome of carryOut(client, removals, { backup, signal: context.signal })) {
      outcomes.push(outcome)
      progress.count(outcomes.length, removals.length)
    }
  } finally {
    await progress.stop()
    await context.say(`backup: ${backup}`)
  }
  return await showResult(context, outcomes, backup)
}

async function showResult(context: Context, outcomes: readonly Outcome[], backup: string): Promise<number> {
  const keys = (...results: Outcome['result'][]) =>
    outcomes.filter((each) => results.includes(each.result)).map((each) => each.id)
  const removed = keys('done', 'absent')
  const changed = keys('changed')
  const failed = outcomes
    .filter((each) => each.result === 'failed' || each.result === 'unsupported')
    .map((each) => ({ key: each.id, ...(each.error ? { message: messageOf(each.error) } : {}) }))
  const { format, fields } = parseOutput(context.globals)
  if (isThingFormat(format))
    await writeThing(context.io.stdout, 'PurgeResult', { removed, changed, failed, backup }, { format, fields })
  for (const key of changed) await context.say(`${key} changed meanwhile and stays`)
  for (const { key, message } of failed) await context.say(`${key} failed: ${message ?? 'no reason given'}`)
  await context.say(`${amount(removed.length, 'record')} removed; rollcall restore ${backup} puts them back`)
  if (changed.length + failed.length === 0) return 0
  return removed.length === 0 && failed.length === 0 ? statusOf('conflict') : statusOf('partial')
}

async function sayNothingToDo(context: Context, plan: PurgePlan): Promise<number> {
  const { format, fields } = parseOutput(context.globals)
  if (isThingFormat(format)) await writeThing(context.io.stdout, 'PurgePlan', { records: [] }, { format, fields })
  const others = Object.entries(plan.others).map(([flag, count]) => `${flag} ${count}`)
  await context.say(`nothing to purge in ${whereabouts(await context.resolved())}`)
  if (others.length > 0)
    await context.say(`other reasons would take: ${others.join(', ')}; --unreachable was not probed`)
  return 0
}

function plannedItem({ record: _record, ...item }: PlannedRemoval): Omit<PlannedRemoval, 'record'> {
  return item
}

function refused(plan: PurgePlan): RollcallError {
  return new RollcallError('refused', `the whole plan is refused:\n${plan.refusals.join('\n')}`, {
    hint: '--force lifts this guard; --max-percent and --keep-min move it',
  })
}

function defaultBackup(context: Context): string {
  const state = context.io.env.XDG_STATE_HOME || join(context.io.env.HOME ?? homedir(), '.local/state')
  const time = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  return join(state, 'rollcall', 'backups', `${time}-${randomBytes(3).toString('hex')}.ndjson`)
}

function wholeNumber(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (/^\d+$/.test(text)) return Number(text)
  throw new RollcallError('usage', `${flag} ${text} is no whole number`, {
    hint: `write for example ${flag} ${otherwise}`,
  })
}
