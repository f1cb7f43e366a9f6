import { changeStatus } from '../../client/change/status-run.ts'
import type { Client } from '../../client/client.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import { targetWord } from '../../model/target-word.ts'
import { type OptionValues, dryRunOption, selectorOptions, targetOptions, value } from '../args/options.ts'
import { confirm } from '../change/confirmation.ts'
import { type ChangeSubject, collectFor, itemOf, planned, subjectOf, writeOutcomes } from '../change/outcomes.ts'
import { requireUnprotected } from '../change/protection.ts'
import { type WriteItem, prepareWrite, writeResults } from '../change/results.ts'
import { placeOf } from '../change/place.ts'
import { type Context, command } from '../command.ts'
import { amount } from '../../model/count.ts'
import { findInstances } from '../select/lookup.ts'
import { requireOnePlace } from '../select/one-place.ts'
import { isSelecting, selectedInstances } from '../select/selected.ts'

const common = { id: targetOptions.id, ...selectorOptions, ...dryRunOption } as const
const usage = '<service>/<id>... | [service...] --host HOST'

export const offline = command({
  name: 'offline',
  usage,
  examples: [
    { line: 'rollcall offline mailer/mailer-4f0c2a7be19d3356', does: 'one instance' },
    { line: 'rollcall offline --id mailer-4f0c2a7be19d3356', does: 'by its id alone' },
    { line: "rollcall offline mailer --host '10.1.3.*' --dry-run", does: 'what the selectors choose' },
  ],
  options: { ...common, reason: value('--reason <text>', 'stored with the record, where the registry can') },
  run: async (context, words, flags) => await setStatus(context, words, 'offline', flags),
})

export const online = command({
  name: 'online',
  usage,
  examples: [
    { line: 'rollcall online mailer/mailer-4f0c2a7be19d3356', does: 'one instance' },
    { line: 'rollcall online --id mailer-4f0c2a7be19d3356', does: 'by its id alone' },
    { line: 'rollcall online mailer --status down', does: 'all that are down' },
  ],
  options: common,
  run: async (context, words, flags) => await setStatus(context, words, 'online', flags),
})

/** What is printed of an instance where nothing is done to it. */
function foreseen(client: Client, action: 'offline' | 'online', subject: ChangeSubject): WriteItem {
  const item = planned(action, subject)
  if (client.holdsStatus(subject)) return item
  return { ...item, result: 'unsupported', message: 'the layout of its record holds no status that could be set' }
}

interface Flags extends OptionValues<typeof common> {
  readonly reason?: string | undefined
  /** Shows what it is about to do and asks, which the command line does not. */
  readonly asks?: boolean
}

/** Takes instances out of traffic, or back, as the commands do, and returns the exit status. */
export async function setStatus(
  context: Context,
  words: readonly string[],
  action: 'offline' | 'online',
  flags: Flags,
): Promise<number> {
  const { id, dryRun, reason } = flags
  await prepareWrite(context, dryRun)
  const entries = isSelecting(flags)
    ? await selectedInstances(context, words, flags)
    : await requireOnePlace(context, await findInstances(context, words, { id, writes: action }), 'change')
  if (action === 'offline') await requireUnprotected(context, entries)
  const subjects = entries.map(subjectOf)
  const client = await context.client()
  if (!client.capabilities.offline) throw unsupported(client.target.driver, 'offline')
  // Where nothing can be changed there is nothing to ask about.
  const isInVain = flags.asks === true && !subjects.some((subject) => client.holdsStatus(subject))
  if (dryRun || isInVain)
    return await writeResults(
      context,
      subjects.map((subject) => foreseen(client, action, subject)),
    )
  const isAio = action === 'offline' && entries.some(({ observed }) => observed.layout === 'aio')
  if (flags.asks) {
    if (isAio) await context.say(`note: ${UNDONE}`)
    const plan = subjects.map((subject) => targetWord(subject.service, subject.id))
    await confirm(context, `Take ${amount(subjects.length, 'instance')} ${action}?`, { yes: false, plan })
  }
  const options = { ...(await placeOf(context)), ...(reason !== undefined && { reason }) }
  const { outcomes: known } = await changeStatus(client, entries, action, options)
  const outcomes = await collectFor(context, { action, subjects }, known)
  const items = subjects.map((subject) => itemOf(action, subject, outcomes))
  const result = await writeOutcomes(context, items, outcomes)
  const isDone = items.some((item) => item.result === 'done')
  const { offlineLimit } = client.backend
  if (action === 'offline' && isDone && offlineLimit !== undefined) await context.say(offlineLimit)
  const undone = entries.some(({ observed }, at) => observed.layout === 'aio' && items[at]?.result === 'done')
  if (action === 'offline' && undone) await context.say(UNDONE)
  return result
}

const UNDONE = 'the next renewal by its owner puts it back into traffic'
