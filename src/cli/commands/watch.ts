import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import { selectorOptions, toggle, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { createColours } from '../output/colours.ts'
import { EVENT_FORMATS, type EventWriter, eventWriter } from '../output/event-writer.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import { readListing } from '../select/listing.ts'

export const watch = command({
  name: 'watch',
  usage: '[service...]',
  summary: 'a snapshot, then every change as it comes',
  examples: [
    { line: 'rollcall watch', does: 'the whole registry' },
    { line: 'rollcall watch payments --status up -o ndjson', does: 'one service, an event a line' },
    { line: 'rollcall watch --since 1024', does: 'what came after that revision; no snapshot' },
  ],
  notes: [
    'A renewal alone is no event. After lost connections it goes on where it was; where the registry has forgotten what lay between, a gap is told, then the differences.',
    '--limit ends it after so many events.',
  ],
  options: {
    ...selectorOptions,
    since: value('--since <revision>', "from the registry's history"),
    renewals: toggle('--renewals', 'a renewal time alone is an event, too'),
  },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const since = options.since === undefined ? {} : { since: revisionFrom(options.since) }
    const output = parseOutput(context.globals, EVENT_FORMATS)
    const writer = await eventWriter(context.io.stdout, output, createColours(context.io, context.globals.color))
    const client = await context.client()
    const events = client.watch(listing.scope, {
      signal: context.signal,
      renewals: options.renewals,
      where: (entry) => listing.inScope(entry) && listing.selects(entry),
      ...since,
    })
    const limit = output.limit ?? Number.POSITIVE_INFINITY
    await Promise.race([tell(context, events, writer, limit), writer.gone])
    return 0
  },
})

/** Writes so many events; whatever ends the watch, what came before it is written. */
async function tell(
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
        await writer.write(event)
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
  throw new RollcallError('usage', `--since "${text}" is no revision`, {
    hint: 'it is a number, as watch and -o json show it',
  })
}
