import { pause } from '../../model/back-off.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { within } from '../../model/signals.ts'
import {
  type OptionValues,
  consentOptions,
  durationFlag,
  selectorOptions,
  targetOptions,
  toggle,
  value,
} from '../args/options.ts'
import type { NamedTarget } from '../args/targets.ts'
import { confirm } from '../change/confirmation.ts'
import { deregistrationOf } from '../change/deregistration.ts'
import { requireAllowed } from '../../client/purge/allowed.ts'
import { guardOptions } from '../change/guard.ts'
import { type ChangeSubject, itemOf, planned, subjectOf, writeOutcomes } from '../change/outcomes.ts'
import { sayNotes, showPlan } from '../change/plan.ts'
import { rateOf, removalOptions } from '../change/purge-request.ts'
import { requireOpenHours, requireUnprotected, sayHours } from '../change/protection.ts'
import { type CarriedOut, carryOut } from '../change/removal.ts'
import { type WriteItem, prepareWrite, writeResults } from '../change/results.ts'
import { type Context, command } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { amount } from '../../model/count.ts'

const options = {
  ...targetOptions,
  all: toggle('--all', 'every instance of the service'),
  ...selectorOptions,
  ...guardOptions,
  ...removalOptions,
  verify: value('--verify <duration>', 'watch that it stays gone for this long'),
  ignoreNotFound: toggle('--ignore-not-found', 'treat a target that does not exist as removed'),
  ...consentOptions,
} as const

type Flags = OptionValues<typeof options>

export const deregister = command({
  name: 'deregister',
  usage: '<service>/<id>... | <service> --all | [service...] --host HOST',
  examples: [
    { line: 'rollcall deregister payments/payments-3', does: 'one instance' },
    { line: 'rollcall deregister payments --all --max-percent 100', does: 'all of a service; asks first' },
    {
      line: 'rollcall deregister payments --version v1.4.1 --ignore-not-found',
      does: 'what the selectors choose; asks first',
    },
    { line: 'rollcall deregister --raw-key /microservices//build-agent-3', does: 'a malformed record, by its key' },
    { line: 'rollcall deregister payments/payments-3 --verify 30s', does: 'and watch that it stays gone' },
  ],
  notes: [
    'A backup is written to disk first, and its path is printed; `rollcall undo` puts the records back.',
    "Several instances of one service, --all, selectors and - are guarded: removing more than half of a service's up instances is refused (status 6), unless you raise --max-percent or pass --force. One exact instance is removed without confirmation. `rollcall purge --help` explains the guards and the columns of the plan.",
    '--force also removes a record of another program that --raw-key names.',
  ],
  options,
  run: async (context, words, flags) => await deregisterNamed(context, words, flags),
})

/** How a change is asked about. */
interface Asking {
  /** Also where the command line does not ask. */
  readonly asks?: boolean
}

/** Removes what words and flags name, as the command does, and returns the exit status. */
export async function deregisterNamed(
  context: Context,
  words: readonly string[],
  flags: Flags & Asking,
): Promise<number> {
  await prepareWrite(context, flags.dryRun)
  const verify = flags.verify === undefined ? undefined : durationFlag('--verify', flags.verify)
  const rate = rateOf(flags)
  const { plan, missing, ...how } = await deregistrationOf(context, words, flags)
  const asksFirst = how.asksFirst || flags.asks === true
  const absent = missing.map(absentItem)
  if (!plan) return await writeResults(context, absent)
  const subjects = plan.entries.map(subjectOf)
  if (flags.dryRun) {
    const status = await writeResults(context, [
      ...subjects.map((subject) => planned('deregister', subject)),
      ...absent,
    ])
    await sayNotes(context, plan)
    await sayHours(context)
    requireAllowed(plan, flags)
    await requireUnprotected(context, plan.entries)
    return status
  }
  await (asksFirst ? showPlan(context, plan) : sayNotes(context, plan))
  requireAllowed(plan, flags)
  await requireUnprotected(context, plan.entries)
  await requireOpenHours(context)
  if (asksFirst) await confirm(context, question(subjects), { yes: flags.yes })
  const status = await carryOut(context, {
    command: 'deregister',
    plan,
    lifted: flags,
    file: flags.backup,
    rate,
    report: (done) => report(context, subjects, absent, done),
  })
  return verify === undefined || status !== 0 ? status : await staysGone(context, { subjects, verify, flags })
}

async function report(
  context: Context,
  subjects: readonly ChangeSubject[],
  absent: readonly WriteItem[],
  { outcomes, backup }: CarriedOut,
): Promise<number> {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  const tried = subjects.filter(({ records }) => records.every(({ id }) => byId.has(id)))
  const items = tried.map((subject) => {
    const item = itemOf('deregister', subject, byId)
    return item.result === 'done' && backup !== undefined ? Object.assign(item, { backup }) : item
  })
  return await writeOutcomes(context, [...items, ...absent], byId)
}

async function staysGone(
  context: Context,
  { subjects, verify, flags }: { subjects: readonly ChangeSubject[]; verify: number; flags: Flags },
): Promise<number> {
  return await (flags.rawKey === undefined
    ? instancesStayGone(context, subjects, verify)
    : keyStaysGone(context, flags.rawKey, verify))
}

function absentItem({ service, id = '' }: NamedTarget): WriteItem {
  return { action: 'deregister', service, id, keys: [], result: 'absent' }
}

function question(subjects: readonly ChangeSubject[]): string {
  return subjects.length === 1 ? 'Remove this instance?' : `Remove these ${amount(subjects.length, 'instance')}?`
}

/** Milliseconds between two looks at a single key. */
const LOOK_EVERY = 500

/** Watches that instances stay gone; returns status 7 as soon as one is back. `time` in milliseconds. */
export async function instancesStayGone(
  context: Context,
  subjects: readonly ChangeSubject[],
  time: number,
): Promise<number> {
  const client = await context.client()
  const names = new Set(subjects.map((subject) => `${subject.service}/${subject.id}`))
  const services = [...new Set(subjects.map((subject) => subject.service))]
  const signal = within(time, context.signal)
  const where = (entry: InstanceEntry) => names.has(nameOf(entry))
  for await (const event of client.watch({ services }, { signal, where })) {
    if (event.type !== 'snapshot' && event.type !== 'added') continue
    const { owner } = event.entry.observed
    return await back(context, nameOf(event.entry), owner ? `${owner} holds it` : 'its owner registered it again')
  }
  context.signal.throwIfAborted()
  return await gone(context)
}

/** Reads one stored key, malformed or not, again and again; returns status 7 as soon as it is back. `time` in milliseconds. */
export async function keyStaysGone(context: Context, rawKey: string, time: number): Promise<number> {
  const client = await context.client()
  const until = performance.now() + time
  for (;;) {
    for await (const _ of client.entries({ rawKey }, { signal: context.signal })) {
      return await back(context, rawKey, 'its owner wrote it again')
    }
    const left = until - performance.now()
    if (left <= 0) return await gone(context)
    await pause(Math.min(LOOK_EVERY, left), context.signal)
  }
}

function nameOf({ service, instance }: InstanceEntry): string {
  return `${service}/${instance.id}`
}

async function back(context: Context, what: string, why: string): Promise<number> {
  await context.say(`${what} is back: ${why}`)
  return statusOf('conflict')
}

async function gone(context: Context): Promise<number> {
  await context.say('stayed gone')
  return 0
}
