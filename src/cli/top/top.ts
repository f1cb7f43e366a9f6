import type { InstanceEntry } from '../../model/reading.ts'
import { anyOf } from '../../model/signals.ts'
import { whereabouts } from '../change/confirmation.ts'
import type { Context } from '../command.ts'
import type { Size, Terminal } from '../screen/terminal.ts'
import { createColours } from '../output/colours.ts'
import { Display } from '../screen/display.ts'
import type { Key } from '../screen/keys.ts'
import { clientFor, type Listing } from '../select/listing.ts'
import { watchOptions } from '../select/watched-events.ts'
import { LivePicture } from './picture.ts'
import { type Effect, press } from './press.ts'
import { type ScreenRow, rowOf, rowsOf } from './rows.ts'
import { Changing } from './changing.ts'
import { LiveDetail } from './detail.ts'
import { BEGINNING, type State, currentOf, isList } from './state.ts'
import { type ScreenFrame, measure, screenLines } from './view.ts'

/** Milliseconds between two frames while nothing happens: ages and the time of day go on. */
const TICK = 1_000

/** Shows the registry on the whole terminal until the user quits. @throws what ended the watch, and what a signal ends a command with */
export async function runTop(context: Context, terminal: Terminal, listing: Listing): Promise<void> {
  const client = await clientFor(context, listing)
  const where = whereabouts(await context.resolved())
  const colours = await createColours(context.io, context.globals.color)
  const quit = new AbortController()
  const signal = anyOf(context.signal, quit.signal)
  const picture = new LivePicture()
  let state: State = BEGINNING
  const rows = remembered(picture)
  const refresh = () => display.screen.refresh()
  const changing = new Changing(context, terminal, refresh)
  const detail = new LiveDetail(client, signal, refresh)
  const frameOf = (size: Size): ScreenFrame => ({
    picture,
    state,
    rows: rows(state),
    entry: detail.of(entryIn(picture, state)),
    dialog: changing.dialog,
    size,
    where,
    colours,
    now: context.now(),
  })
  const act = (effect: Effect) => {
    if (effect.do === 'quit') quit.abort()
    else if (effect.do === 'interrupt') display.interrupt()
    else changing.begin(effect)
  }
  const onKey = (key: Key) => {
    if (changing.press(key)) return
    const frame = frameOf(terminal.size())
    const subject = frame.entry && rowOf(frame.entry)
    const pressed = press(state, key, { rows: frame.rows, subject, ...measure(frame) })
    state = pressed.state
    if (pressed.effect) act(pressed.effect)
  }
  const onSaid = (text: string) => {
    if (!changing.say(text)) state = { ...state, message: text.trim() }
    refresh()
  }
  await using display = new Display(context.io, terminal, {
    lines: (size) => screenLines(frameOf(size)),
    onKey,
    onSaid,
  })
  const ticking = setInterval(refresh, TICK)
  try {
    const watching = watch(context, picture, { client, listing, signal, refresh })
    await Promise.race([watching, display.ended])
    await changing.ended()
  } finally {
    clearInterval(ticking)
    quit.abort()
  }
  context.signal.throwIfAborted()
}

interface Watched {
  readonly client: Awaited<ReturnType<typeof clientFor>>
  readonly listing: Listing
  readonly signal: AbortSignal
  readonly refresh: () => void
}

async function watch(
  context: Context,
  picture: LivePicture,
  { client, listing, signal, refresh }: Watched,
): Promise<void> {
  const options = { ...watchOptions(context, listing, { renewals: false }), signal }
  for await (const event of client.watch(listing.scope, options)) {
    picture.take(event, context.now())
    refresh()
  }
}

/** The rows of what is on the screen, made when something that decides them has changed. */
function remembered(picture: LivePicture): (state: State) => readonly ScreenRow[] {
  let last: { readonly by: readonly unknown[]; readonly rows: readonly ScreenRow[] } | undefined
  return (state) => {
    const { view, filter } = currentOf(state)
    const by = [picture.version, view, filter, state.faults]
    if (!last || last.by.some((each, at) => each !== by[at]))
      last = { by, rows: isList(view) ? rowsOf(picture, { view, filter, faults: state.faults }) : [] }
    return last.rows
  }
}

/** The instance whose details are on the screen, as the watch has it; undefined when it is gone, and elsewhere. */
function entryIn(picture: LivePicture, state: State): InstanceEntry | undefined {
  const { view } = currentOf(state)
  return view.is === 'instance' ? picture.services.get(view.service)?.entries.get(view.key) : undefined
}
