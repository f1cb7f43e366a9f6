import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { durationFlag } from '../duration-flag.ts'
import { findInstances, findRaw, lookUp } from '../find.ts'
import { targetNotFound } from '../not-found.ts'
import { requireOnePlace } from '../one-place.ts'
import { type OptionValues, toggle, value } from '../option.ts'
import { type Subject, collectFor, itemOf, planned, subjectOf, writeOutcomes } from '../outcomes.ts'
import { amount } from '../output/index.ts'
import { confirm } from '../prompt.ts'
import { consentOptions, targetOptions } from '../shared-options.ts'
import { type Target, readTargets } from '../targets.ts'
import { instancesStayGone, keyStaysGone } from '../verify.ts'
import { type WriteItem, prepareWrite, writeResults } from '../write-results.ts'

const SHOWN = 20

const options = {
  ...targetOptions,
  all: toggle('--all', 'every instance of the service'),
  verify: value('--verify <duration>', 'watch that it stays gone for so long'),
  ignoreNotFound: toggle('--ignore-not-found', 'what is not there is no error'),
  ...consentOptions,
} as const

type Flags = OptionValues<typeof options>

/** What is to be removed, and what is gone already and may be. */
interface Chosen {
  readonly subjects: readonly Subject[]
  readonly missing: readonly Target[]
}

export const deregister = command({
  name: 'deregister',
  usage: '<service>/<id>... | <service> --all',
  summary: 'remove instances, or one stored key',
  examples: [
    { line: 'rollcall deregister payments/payments-3', does: 'one instance' },
    { line: 'rollcall deregister payments --all', does: 'all of a service; asks first' },
    { line: 'rollcall deregister --raw-key /microservices//build-agent-3', does: 'a malformed record, by its key' },
    { line: 'rollcall deregister payments/payments-3 --verify 30s', does: 'and watch that it stays gone' },
  ],
  options,
  async run(context, words, flags) {
    await prepareWrite(context, flags.dryRun)
    const verify = flags.verify === undefined ? undefined : durationFlag('--verify', flags.verify)
    const { subjects, missing } = await choose(context, words, flags)
    const absent = missing.map((target) => absentItem(target))
    if (flags.dryRun) {
      const plan = subjects.map((subject) => planned('deregister', subject))
      const status = await writeResults(context, [...plan, ...absent])
      await sayWhatComesBack(context, await examined(context, subjects))
      return status
    }
    if (asksFirst(subjects, flags)) await ask(context, subjects, flags.yes)
    const client = await context.client()
    const records = subjects.flatMap((subject) => subject.records)
    const outcomes = await collectFor(
      context,
      { action: 'deregister', subjects },
      client.remove(records, { signal: context.signal }),
    )
    const items = subjects.map((subject) => itemOf('deregister', subject, outcomes))
    const status = await writeOutcomes(context, [...items, ...absent], outcomes)
    const removed = subjects.filter((_, at) => items[at]?.result === 'done')
    await sayWhatComesBack(
      context,
      removed.flatMap((subject) => subject.records),
    )
    if (verify === undefined || status !== 0) return status
    return await (flags.rawKey === undefined
      ? instancesStayGone(context, subjects, verify)
      : keyStaysGone(context, flags.rawKey, verify))
  },
})

async function choose(context: Context, words: readonly string[], flags: Flags): Promise<Chosen> {
  const { id, rawKey, all, ignoreNotFound } = flags
  if (rawKey !== undefined && (words.length > 0 || id !== undefined || all)) {
    throw new RollcallError('usage', '--raw-key names all that is to be removed', { hint: 'leave the rest out' })
  }
  try {
    if (rawKey !== undefined) return { subjects: [await rawSubject(context, rawKey)], missing: [] }
    if (all) return await everything(context, words, id)
    const { entries, missing } = await lookUp(context, words, { id, writes: 'deregister' })
    const [first] = missing
    if (first && !ignoreNotFound) throw await targetNotFound(context, first)
    return { subjects: (await requireOnePlace(context, entries)).map(subjectOf), missing }
  } catch (error) {
    if (!ignoreNotFound || !(error instanceof RollcallError) || error.code !== 'not-found') throw error
    return { subjects: [], missing: [] }
  }
}

async function everything(context: Context, words: readonly string[], id: string | undefined): Promise<Chosen> {
  const [target, ...others] = await readTargets(context, words)
  if (target.id !== undefined || others.length > 0 || id !== undefined) {
    throw new RollcallError('usage', '--all takes one service, and all of its instances', {
      hint: 'leave --all out, or the ids',
    })
  }
  return { subjects: (await findInstances(context, [target.service], { id })).map(subjectOf), missing: [] }
}

/** One exact instance is removed without a question. */
function asksFirst(subjects: readonly Subject[], { all, rawKey }: Flags): boolean {
  return subjects.length > 1 || (subjects.length > 0 && (all || rawKey !== undefined))
}

async function rawSubject(context: Context, rawKey: string): Promise<Subject> {
  const found = await findRaw(context, rawKey)
  if (found.is === 'instance') return subjectOf(found)
  return { service: found.service, id: (found.is === 'malformed' && found.problem.id) || '', records: [found.record] }
}

/** The records with what else their registry tells of who holds them. */
async function examined(context: Context, subjects: readonly Subject[]): Promise<readonly RawRecord[]> {
  const { backend } = await context.client()
  const records = subjects.flatMap((subject) => subject.records)
  return (await backend.examine?.(records, { signal: context.signal })) ?? records
}

/** Whoever holds a record may write it again: of each kind one sentence. */
async function sayWhatComesBack(context: Context, records: readonly RawRecord[]): Promise<void> {
  const { backend } = await context.client()
  const follows = records.map((record) => backend.aftermath(record, backend.read(record, context.now())))
  const notes = new Set(follows.flatMap(({ comesBack, note }) => (comesBack && note ? note : [])))
  for (const note of notes) await context.say(`note: ${note}`)
}

function absentItem({ service, id = '' }: Target): WriteItem {
  return { action: 'deregister', service, id, keys: [], result: 'absent' }
}

async function ask(context: Context, subjects: readonly Subject[], yes: boolean): Promise<void> {
  const keys = subjects.map((subject) => subject.records.map((record) => record.id).join(', '))
  const more = keys.length > SHOWN ? [`… and ${keys.length - SHOWN} more`] : []
  const what = subjects.length === 1 ? 'this instance' : `these ${amount(subjects.length, 'instance')}`
  await confirm(context, `Remove ${what}?`, { yes, plan: [...keys.slice(0, SHOWN), ...more] })
}
