import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import { durationFlag, selectorOptions, toggle, value } from '../args/options.ts'
import { runOnChange } from '../child/on-change.ts'
import { type Context, command } from '../command.ts'
import { createColours } from '../output/colours.ts'
import { EVENT_FORMATS, type EventWriter, eventWriter } from '../output/event-writer.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import { clientFor, readListing } from '../select/listing.ts'

export const watch = command({
  name: 'watch',
  usage: '[service...] [-- command [argument...]]',
  examples: [
    { line: 'rollcall watch', does: 'the whole registry' },
    { line: 'rollcall watch payments --status up -o ndjson', does: 'one service, an event a line' },
    { line: 'rollcall watch --since 1024', does: 'what came after that revision; no snapshot' },
    {
      line: 'rollcall watch payments -- ./reload',
      does: 'a program for every change, which reads all instances as JSON',
    },
  ],
  notes: [
    'A renewal alone is not an event. After a lost connection the watch continues where it was; when the registry no longer has the changes in between, a gap is reported, then the differences.',
    '--limit ends the watch after that many events.',
    'A command after -- is run for the first state (not with --no-snapshot) and for every change: once at a time, with the newest state as an InstanceList in JSON on its standard input, and ROLLCALL_EVENT, ROLLCALL_SERVICE and ROLLCALL_INSTANCE of the last change in its environment. What changes within --debounce, or while it runs, is in the next run. When it fails, it is run again, later each time.',
  ],
  options: {
    ...selectorOptions,
    since: value('--since <revision>', "start after this revision of the registry's history"),
    noSnapshot: toggle('--no-snapshot', 'begin with what changes, not with what is there'),
    renewals: toggle('--renewals', 'report renewals as events, too'),
    debounce: value('--debounce <duration>', 'time from a change until the command is run (1s)'),
  },
  takesProgram: true,
  async several(context, registries, words, options, program) {
    const { watchSeveral } = await import('../several/watch.ts')
    return await watchSeveral(context, registries, words, { ...options, hasProgram: program.length > 0 })
  },
  async run(context, words, options, program) {
    const listing = readListing(context, words, options)
    const since = options.since === undefined ? {} : { since: revisionFrom(options.since) }
    const output = parseOutput(context.globals, EVENT_FORMATS)
    checkProgram(context, options, program)
    const colours = await createColours(context.io, context.globals.color)
    const writer = await eventWriter(context.io.stdout, output, colours, () => context.now())
    const client = await clientFor(context, listing)
    const events = client.watch(listing.scope, {
      signal: context.signal,
      renewals: options.renewals,
      where: (entry) => listing.inScope(entry) && listing.selects(entry),
      ...since,
    })
    if (program.length > 0) {
      const debounce = durationFlag('--debounce', options.debounce ?? '1s')
      await runOnChange(context, events, { program, debounce, atFirst: !options.noSnapshot })
      return 0
    }
    const shown = options.noSnapshot ? withoutSnapshot(events) : events
    const limit = output.limit ?? Number.POSITIVE_INFINITY
    await Promise.race([writeEvents(context, shown, writer, limit), writer.gone])
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

async function* withoutSnapshot(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const event of events) if (event.type !== 'snapshot') yield event
}

/** Writes at most `limit` events. Whatever ends the watch, the events before that are written. */
async function writeEvents(
  context: Context,
  events: AsyncIterable<WatchEvent>,
  writer: EventWriter,
  limit: number,
): Promise<void> {
  let left = limit
  try {
    for await (const event of events) {
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

function revisionFrom(text: string): string {
  if (/^\d+$/.test(text)) return text
  throw new RollcallError('usage', `--since "${text}" is not a revision`, {
    hint: 'write the number that watch and -o json show',
  })
}
