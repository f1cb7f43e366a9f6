import type { JournalLine } from '../../client/journal/lines.ts'
import type { Journal } from '../../client/journal/source.ts'
import { RollcallError } from '../../model/errors.ts'
import { type HistoryItem, beginsLater, historySummary } from '../../reports/history.ts'
import { isGlob, isOneOf } from '../../reports/glob.ts'
import { value } from '../args/options.ts'
import { readServices } from '../args/targets.ts'
import { pastTime } from '../args/time.ts'
import { type Context, command } from '../command.ts'
import { type PastItem, historyLine, historyTable, pastTable } from '../output/history.ts'
import { printList } from '../output/list-writer.ts'
import { malformedLine } from '../output/summary.ts'

export const history = command({
  name: 'history',
  usage: '[service...]',
  examples: [
    { line: 'rollcall history --journal journal.db', does: 'all that the journal has' },
    { line: "rollcall history 'pay*' --since 12h --journal journal.db", does: 'who came, went and changed last night' },
    { line: 'rollcall history payments --at 1m --journal journal.db', does: 'what was there a minute ago' },
  ],
  notes: [
    '`rollcall serve --journal FILE` and `rollcall watch --journal FILE` write a journal. Without --journal, the server of an http:// registry is asked for the one it keeps.',
    'AFTER is how long the instance had been there, WHO its owner, lease, session or node. An instance is flapping when it goes, or is no longer up, three times within ten minutes.',
    'Times are those at which the writer of the journal learnt of it. What happened while none wrote it is a gap; what was different afterwards is marked as found.',
  ],
  options: {
    journal: value('--journal <path>', 'the file of the journal'),
    since: value('--since <time>', 'what happened since then: 2h, or 2026-11-30T02:00:00Z'),
    at: value('--at <time>', 'the instances that were there then'),
  },
  async run(context, words, options) {
    const services = readServices(words)
    const { since, at } = options
    if (since !== undefined && at !== undefined)
      throw new RollcallError('usage', '--at cannot be combined with --since', {
        hint: '--at lists what was there at one time, --since what happened from one on',
      })
    const now = context.now()
    const time = at === undefined ? undefined : pastTime('--at', at, now)
    const from = since === undefined ? 0 : pastTime('--since', since, now)
    const { journalOf } = await import('../select/journal.ts')
    const exact = services.length > 0 && !services.some(isGlob)
    const journal = await journalOf(context, options.journal, exact ? { services } : {})
    if (time === undefined) await listEvents(context, journal, services, from)
    else await listInstances(context, journal, services, time)
    return 0
  },
})

async function listEvents(
  context: Context,
  journal: Journal,
  services: readonly string[],
  since: number,
): Promise<void> {
  const writer = await printList(context, 'HistoryEventList', historyTable)
  const summary = historySummary()
  const isWanted = isOneOf(services)
  let also = {}
  for await (const line of journal.read({ since })) {
    if ('journal' in line) {
      const { begins, until } = line.journal
      also = { begins, until }
      if (since > 0 && Date.parse(begins) > since) await context.say(`the journal begins at ${begins}`)
    }
    if (!('event' in line) || line.event.type === 'synced' || !isWanted(line.event.service)) continue
    summary.add(line.event)
    if (!(await writer.row(line.event))) break
  }
  await writer.end({ asOf: context.now(), also })
  await context.say(historyLine(summary.result()))
}

/** @throws RollcallError `history-lost` for a time before the journal begins, `not-found` where a named service had no instance */
async function listInstances(
  context: Context,
  journal: Journal,
  services: readonly string[],
  at: number,
): Promise<void> {
  const isOfOne = services.length === 1 && !services.some(isGlob)
  // An age is that of then.
  const writer = await printList({ ...context, now: () => at }, 'InstanceList', pastTable(isOfOne))
  const isWanted = isOneOf(services)
  const answered = new Set<string>()
  let gap: HistoryItem | undefined
  let malformed = 0
  for await (const line of journal.read({ at })) {
    requireCovered(line, at)
    if ('event' in line) gap = line.event
    if ('malformed' in line && isWanted(line.malformed.service)) malformed++
    if (!('instance' in line) || !isWanted(line.instance.service)) continue
    const { service, instance, since } = line.instance
    answered.add(service)
    const item: PastItem = { ...instance, ...(since !== undefined && { since }) }
    if (!(await writer.row(item))) break
  }
  const missing = services.filter((name) => !isGlob(name) && !answered.has(name))
  const time = new Date(at).toISOString()
  if (missing.length > 0 && answered.size === 0) throw notThere(missing, time)
  await writer.end({ asOf: at, malformed, ...(gap && { also: { gap } }) })
  if (gap) await context.say(`${time} is in a gap from ${gap.at} to ${gap.until ?? 'now'}: this is what was known last`)
  if (malformed > 0) await context.say(malformedLine(malformed))
  if (missing.length > 0) throw notThere(missing, time)
}

function requireCovered(line: JournalLine, at: number): void {
  if (!('journal' in line) || at >= Date.parse(line.journal.begins)) return
  throw beginsLater(line.journal.begins)
}

function notThere(services: readonly string[], time: string): RollcallError {
  return new RollcallError('not-found', `there was no instance of ${services.join(', ')} at ${time}`, {
    hint: 'rollcall history shows when instances came and went',
  })
}
