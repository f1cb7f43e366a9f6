import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import { journalOptions, openJournal } from '../args/journal.ts'
import { durationFlag, selectorOptions, toggle, value } from '../args/options.ts'
import { leaveFirstPlace } from '../child/first-process.ts'
import { runOnChange } from '../child/on-change.ts'
import { type Context, command } from '../command.ts'
import { createColours } from '../output/colours.ts'
import { EVENT_FORMATS, type EventWriter, eventWriter } from '../output/event-writer.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import { readListing } from '../select/listing.ts'
import { type EventClock, beginningFrom, isShownFromBeginning, watchedEvents } from '../select/watched-events.ts'

export const watch = command({
  name: 'watch',
  usage: '[service...] [-- command [argument...]]',
  examples: [
    { line: 'rollcall watch', does: 'the whole registry' },
    { line: 'rollcall watch payments --status up -o ndjson', does: 'one service, an event a line' },
    { line: 'rollcall watch --since 1024', does: 'what came after that revision; no snapshot' },
    { line: 'rollcall watch --journal journal.db', does: 'keep what happens, for rollcall history' },
    {
      line: 'rollcall watch payments -- ./reload',
      does: 'a program for every change, which reads all instances as JSON',
    },
  ],
  notes: [
    'A renewal alone is not an event. After a lost connection the watch continues where it was; when the registry no longer has the changes in between, a gap is reported, then the differences.',
    'A record that no client can use is an event of its own, when it comes and, as gone, when it goes; so is another lease of an instance.',
    '--limit ends the watch after that many events.',
    'With --journal, an event is printed once it is in the journal. With --since and a time, such as 10m, a journal is read instead, that of --journal or the one that the server of an http:// registry keeps: what it has since then, and then what comes.',
    'A command after -- is run for the first state (not with --no-snapshot) and for every change: once at a time, with the newest state as an InstanceList in JSON on its standard input, and ROLLCALL_EVENT, ROLLCALL_SERVICE and ROLLCALL_INSTANCE of the last change in its environment. What changes within --debounce, or while it runs, is in the next run. When it fails, it is run again, later each time.',
  ],
  options: {
    ...selectorOptions,
    since: value(
      '--since <revision|time>',
      "start after this revision of the registry's history, or at a time in a journal",
    ),
    noSnapshot: toggle('--no-snapshot', 'begin with what changes, not with what is there'),
    renewals: toggle('--renewals', 'report renewals as events, too'),
    debounce: value('--debounce <duration>', 'time from a change until the command is run (1s)'),
    ...journalOptions,
  },
  takesProgram: true,
  async several(context, registries, words, options, program) {
    const { watchSeveral } = await import('../several/watch.ts')
    return await watchSeveral(context, registries, words, { ...options, hasProgram: program.length > 0 })
  },
  async run(context, words, options, program) {
    const listing = readListing(context, words, options)
    const beginning = beginningFrom(context, listing, options)
    const output = parseOutput(context.globals, EVENT_FORMATS)
    checkProgram(context, options, program)
    if (program.length > 0) await leaveFirstPlace(context)
    const colours = await createColours(context.io, context.globals.color)
    const clock: EventClock = { at: undefined }
    const writer = await eventWriter(context.io.stdout, output, colours, () => clock.at ?? context.now())
    using journal = 'time' in beginning ? undefined : await openJournal(context, options)
    const events = await watchedEvents(context, listing, options, { beginning, journal, clock })
    if (program.length > 0) {
      const debounce = durationFlag('--debounce', options.debounce ?? '1s')
      await runOnChange(context, events, { program, debounce, atFirst: !options.noSnapshot })
      return 0
    }
    const isShown = options.since === undefined ? isShownFromBeginning(!options.noSnapshot) : () => true
    const limit = output.limit ?? Number.POSITIVE_INFINITY
    await Promise.race([writeEvents(context, events, { writer, isShown, limit }), writer.gone])
    return 0
  },
})

/** @throws RollcallError `usage` for flags that do not go together with a program, or only with one */
function checkProgram(
  { globals }: Context,
  { since, debounce }: { readonly since: string | undefined; readonly debounce: string | undefined },
  program: readonly string[],
): void {
  if (program.length === 0) {
    if (debounce === undefined) return
    throw new RollcallError('usage', '--debounce is for a command', { hint: 'write the command after --' })
  }
  const { output, json, fields, limit } = globals
  const given = {
    '--since': since,
    '--output': output ?? (json ? 'json' : undefined),
    '--fields': fields,
    '--limit': limit,
  }
  const flag = Object.entries(given).find(([, text]) => text !== undefined)?.[0]
  if (flag === undefined) return
  throw new RollcallError('usage', `${flag} cannot be combined with a command`, {
    hint: 'the command is given everything that is there, and the output is its own',
  })
}

interface Writing {
  readonly writer: EventWriter
  readonly isShown: (event: WatchEvent) => boolean
  readonly limit: number
}

/** Writes at most `limit` events. Whatever ends the watch, the events before that are written. */
async function writeEvents(
  context: Context,
  events: AsyncIterable<WatchEvent>,
  { writer, isShown, limit }: Writing,
): Promise<void> {
  let left = limit
  try {
    for await (const event of events) {
      if (!isShown(event)) continue
      if (event.type === 'link') await sayLink(context, event)
      else {
        const full = writer.write(event)
        if (full) await full
        if (--left === 0) return
      }
    }
  } finally {
    await writer.flushed()
  }
  context.signal.throwIfAborted()
}
