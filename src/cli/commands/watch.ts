import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import { selectorOptions, toggle, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { createColours } from '../output/colours.ts'
import { EVENT_FORMATS, type EventWriter, eventWriter } from '../output/event-writer.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import { clientFor, readListing } from '../select/listing.ts'

export const watch = command({
  name: 'watch',
  usage: '[service...]',
  examples: [
    { line: 'rollcall watch', does: 'the whole registry' },
    { line: 'rollcall watch payments --status up -o ndjson', does: 'one service, an event a line' },
    { line: 'rollcall watch --since 1024', does: 'what came after that revision; no snapshot' },
  ],
  notes: [
    'A renewal alone is not an event. After a lost connection the watch continues where it was; when the registry no longer has the changes in between, a gap is reported, then the differences.',
    '--limit ends the watch after that many events.',
  ],
  options: {
    ...selectorOptions,
    since: value('--since <revision>', "start after this revision of the registry's history"),
    renewals: toggle('--renewals', 'report renewals as events, too'),
  },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const since = options.since === undefined ? {} : { since: revisionFrom(options.since) }
    const output = parseOutput(context.globals, EVENT_FORMATS)
    const writer = await eventWriter(context.io.stdout, output, await createColours(context.io, context.globals.color))
    const client = await clientFor(context, listing)
    const events = client.watch(listing.scope, {
      signal: context.signal,
      renewals: options.renewals,
      where: (entry) => listing.inScope(entry) && listing.selects(entry),
      ...since,
    })
    const limit = output.limit ?? Number.POSITIVE_INFINITY
    await Promise.race([writeEvents(context, events, writer, limit), writer.gone])
    return 0
  },
})

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
