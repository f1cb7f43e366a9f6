import { RollcallError } from '../../model/errors.ts'
import type { Status } from '../../model/status.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { findInstances, requireOnePlace } from '../find.ts'
import { value } from '../option.ts'
import { requireWritable } from '../prompt.ts'
import { dryRunOption, targetOptions } from '../shared-options.ts'
import { readTargets } from '../targets.ts'
import { collect, planned, requireSome, subjectOf, writeItem, writeResults } from '../write-results.ts'

const common = { id: targetOptions.id, ...dryRunOption } as const

export const offline = command({
  name: 'offline',
  usage: '<service>/<id>...',
  summary: 'take instances out of traffic and keep their records',
  examples: [
    { line: 'rollcall offline mailer/mailer-4f0c2a7be19d3356', does: 'one instance' },
    { line: 'rollcall offline --id mailer-4f0c2a7be19d3356', does: 'by its id alone' },
    { line: "rollcall ls mailer --host '10.1.3.*' -o name | rollcall offline -", does: 'all on some hosts' },
  ],
  options: { ...common, reason: value('--reason <text>', 'kept with the record where the registry can') },
  run: async (context, words, flags) => await setStatus(context, words, 'offline', flags),
})

export const online = command({
  name: 'online',
  usage: '<service>/<id>...',
  summary: 'put instances back into traffic',
  examples: [
    { line: 'rollcall online mailer/mailer-4f0c2a7be19d3356', does: 'one instance' },
    { line: 'rollcall online --id mailer-4f0c2a7be19d3356', does: 'by its id alone' },
    { line: 'rollcall ls mailer --status down -o name | rollcall online -', does: 'all that are down' },
  ],
  options: common,
  run: async (context, words, flags) => await setStatus(context, words, 'online', flags),
})

interface Flags {
  readonly id: string | undefined
  readonly dryRun: boolean
  readonly reason?: string | undefined
}

async function setStatus(
  context: Context,
  words: readonly string[],
  action: 'offline' | 'online',
  flags: Flags,
): Promise<number> {
  await requireWritable(context)
  await refuseWholeServices(context, words, flags)
  const status: Status = action === 'offline' ? 'down' : 'up'
  const entries = requireOnePlace(await findInstances(context, words, { id: flags.id }))
  const subjects = entries.map(subjectOf)
  requireSome(subjects, action === 'offline' ? 'take offline' : 'put online')
  if (flags.dryRun) {
    return await writeResults(
      context,
      subjects.map((subject) => planned(action, subject)),
    )
  }
  const client = await context.client()
  const reason = flags.reason === undefined ? {} : { reason: flags.reason }
  const records = subjects.flatMap((subject) => subject.records)
  const outcomes = await collect(await client.setStatus(records, status, { ...reason, signal: context.signal }))
  const result = await writeResults(
    context,
    subjects.map((subject) => writeItem(action, subject, outcomes)),
  )
  if (action === 'offline' && entries.some((entry) => entry.observed.layout === 'aio')) {
    await context.say('the next renewal by its owner sets it up again')
  }
  return result
}

async function refuseWholeServices(context: Context, words: readonly string[], flags: Flags): Promise<void> {
  if (words[0] === '-' || flags.id !== undefined) return
  const whole = (await readTargets(context, words)).find((target) => target.id === undefined)
  if (!whole) return
  throw new RollcallError('usage', `${whole.service} is a whole service`, {
    hint: `name <service>/<id>, or pipe: rollcall ls ${whole.service} -o name | rollcall offline -`,
  })
}
