import { parseDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { findInstances, findRaw, requireOnePlace } from '../find.ts'
import { toggle, value } from '../option.ts'
import { confirm, requireWritable } from '../prompt.ts'
import { consentOptions, targetOptions } from '../shared-options.ts'
import { readTargets } from '../targets.ts'
import { watchGone } from '../verify.ts'
import { type Subject, collect, planned, requireSome, subjectOf, writeItem, writeResults } from '../write-results.ts'

const options = {
  ...targetOptions,
  all: toggle('--all', 'every instance of the service'),
  verify: value('--verify <duration>', 'watch that it stays gone for so long'),
  ignoreNotFound: toggle('--ignore-not-found', 'what is not there is no error'),
  ...consentOptions,
} as const

export const deregister = command({
  name: 'deregister',
  usage: '<service>/<id>... | <service> --all',
  summary: 'remove instances, or one stored key',
  examples: [
    { line: 'rollcall deregister payments/payments-3', does: 'one instance' },
    { line: 'rollcall deregister payments --all', does: 'all of a service; asks first' },
    { line: 'rollcall deregister --raw-key /microservices//web-7', does: 'a malformed record, by its key' },
    { line: 'rollcall deregister payments/payments-3 --verify 30s', does: 'and watch that it stays gone' },
  ],
  options,
  async run(context, words, flags) {
    await requireWritable(context)
    const verify = flags.verify === undefined ? undefined : verifyTime(flags.verify)
    const subjects = await chosen(context, words, flags).catch((error: unknown) => {
      if (flags.ignoreNotFound && error instanceof RollcallError && error.code === 'not-found') return []
      throw error
    })
    if (subjects.length === 0 && flags.ignoreNotFound) return 0
    requireSome(subjects, 'deregister')
    if (flags.dryRun) {
      await writeResults(
        context,
        subjects.map((subject) => planned('deregister', subject)),
      )
      return 0
    }
    if (subjects.length > 1 || flags.all || flags.rawKey !== undefined) await ask(context, subjects, flags.yes)
    const client = await context.client()
    const records = subjects.flatMap((subject) => subject.records)
    const outcomes = await collect(client.remove(records, { signal: context.signal }))
    const status = await writeResults(
      context,
      subjects.map((subject) => writeItem('deregister', subject, outcomes)),
    )
    return verify === undefined || status !== 0 ? status : await watchGone(context, subjects, verify)
  },
})

async function chosen(
  context: Context,
  words: readonly string[],
  flags: { id: string | undefined; rawKey: string | undefined; all: boolean },
): Promise<Subject[]> {
  if (flags.rawKey !== undefined) {
    if (words.length > 0)
      throw new RollcallError('usage', '--raw-key names the record wholly', { hint: 'leave the service out' })
    const found = await findRaw(context, flags.rawKey)
    return found.is === 'instance'
      ? [subjectOf(found)]
      : [{ service: found.service, id: found.problem.id ?? '', records: [found.record] }]
  }
  if (words[0] !== '-' && flags.id === undefined) {
    const targets = await readTargets(context, words)
    const whole = targets.find((target) => target.id === undefined)
    if (whole && !flags.all) {
      throw new RollcallError('usage', `${whole.service} is a whole service`, {
        hint: `name <service>/<id>, or ${whole.service} --all`,
      })
    }
  }
  return requireOnePlace(await findInstances(context, words, { id: flags.id })).map(subjectOf)
}

async function ask(context: Context, subjects: readonly Subject[], yes: boolean): Promise<void> {
  const names = subjects.map((subject) => subject.records.map((record) => record.id).join(', '))
  for (const name of names.slice(0, 20)) await context.say(`  ${name}`)
  if (names.length > 20) await context.say(`  … and ${names.length - 20} more`)
  await confirm(context, `Remove ${names.length === 1 ? 'this' : `these ${names.length}`}?`, { yes })
}

function verifyTime(text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined) return milliseconds
  throw new RollcallError('usage', `--verify ${text} is no duration`, { hint: 'write for example 30s' })
}
