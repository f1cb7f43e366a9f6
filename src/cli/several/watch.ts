import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import { anyOf } from '../../model/signals.ts'
import { boundsFrom, type journalOptions } from '../args/journal.ts'
import type { OptionValues, Selectors } from '../args/options.ts'
import { type Context, ended, type OneRegistry, type SeveralRegistries } from '../command.ts'
import { createColours } from '../output/colours.ts'
import { EVENT_FORMATS, type EventWriter, streamWriter } from '../output/event-writer.ts'
import { type ShownEvent, eventItem, eventLine } from '../output/events.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import { clean } from '../output/text.ts'
import { clientFor, readListing } from '../select/listing.ts'
import { isShownFromBeginning, watchOptions } from '../select/watched-events.ts'

interface WatchFlags extends Partial<Selectors>, OptionValues<typeof journalOptions> {
  readonly since: string | undefined
  readonly noSnapshot: boolean
  readonly renewals: boolean
  readonly hasProgram: boolean
}

/** What happens in one of the registries, or why it cannot be watched. */
type Happening = { readonly registry: string } & ({ readonly event: ShownEvent } | { readonly error: RollcallError })

/** `watch` over several registries: the events of each as they come. One that cannot be watched is an event of its own. */
export async function watchSeveral(
  context: Context,
  registries: SeveralRegistries,
  words: readonly string[],
  flags: WatchFlags,
): Promise<number> {
  boundsFrom(flags)
  if (flags.hasProgram || flags.since !== undefined || flags.journal !== undefined) {
    const what = flags.hasProgram ? 'a command' : flags.since === undefined ? '--journal' : '--since'
    throw new RollcallError('usage', `${what} is for a watch of one registry`, { hint: 'name one of them with -c' })
  }
  const listing = readListing(context, words, flags)
  const output = parseOutput(context.globals, EVENT_FORMATS)
  const writer = await happeningWriter(context, registries, output)
  const full = new AbortController()
  const signal = anyOf(context.signal, full.signal)
  let left = output.limit ?? Number.POSITIVE_INFINITY
  const write = async (happening: Happening): Promise<void> => {
    if (left <= 0) return
    left--
    await writer.write(happening)
    if (left <= 0) full.abort()
  }
  const watchOne = async (one: OneRegistry): Promise<void> => {
    const isShown = isShownFromBeginning(!flags.noSnapshot)
    try {
      for await (const event of await eventsOf(one, listing, { ...flags, signal })) {
        if (full.signal.aborted) return
        if (event.type === 'link') await sayLink(saidOf(context, one), event)
        else if (isShown(event)) await write({ registry: one.name, event })
      }
    } catch (error) {
      registries.failed(one, error)
      if (error instanceof RollcallError) await write({ registry: one.name, error })
    }
  }
  try {
    const watching = Promise.all(registries.all.map(watchOne))
    await Promise.race([watching, ended(full.signal), writer.gone])
  } finally {
    await writer.flushed()
  }
  context.signal.throwIfAborted()
  registries.requireAll()
  return 0
}

async function eventsOf(
  { context }: OneRegistry,
  listing: ReturnType<typeof readListing>,
  options: WatchFlags & Pick<Context, 'signal'>,
): Promise<AsyncIterable<WatchEvent>> {
  const client = await clientFor(context, listing)
  return client.watch(listing.scope, watchOptions(options, listing, options))
}

function saidOf(context: Context, { name }: OneRegistry): Context {
  return { ...context, say: (line) => context.say(`${name}: ${line}`) }
}

async function happeningWriter(
  context: Context,
  registries: SeveralRegistries,
  output: ReturnType<typeof parseOutput<(typeof EVENT_FORMATS)[number]>>,
): Promise<EventWriter<Happening>> {
  const colours = await createColours(context.io, context.globals.color)
  const width = Math.max(...registries.all.map(({ name }) => name.length))
  return await streamWriter<Happening>(context.io.stdout, output, {
    kind: 'Event',
    line: (happening) => {
      const shown =
        'event' in happening ? eventLine(happening.event, context.now(), colours) : errorLine(happening.error)
      return `${happening.registry.padEnd(width)}  ${shown}`
    },
    item: (happening) => ({
      registry: happening.registry,
      ...('event' in happening
        ? eventItem(happening.event, context.now())
        : { type: 'error', at: new Date(context.now()).toISOString(), message: happening.error.message }),
    }),
  })
}

function errorLine({ message }: RollcallError): string {
  return `! error     ${clean(message)}`
}
