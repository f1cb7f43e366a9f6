import { type BackOff, backOff, pause } from '../../model/back-off.ts'
import type { WatchEvent } from '../../model/change.ts'
import { messageOf } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import type { ShownEvent } from '../output/events.ts'
import { sayLink } from '../output/progress.ts'
import { clean } from '../output/text.ts'
import { onAbort } from '../../model/signals.ts'
import { Child } from './child.ts'
import { Picture } from './picture.ts'

const DELAY: BackOff = { first: 1_000, most: 60_000 }
/** Characters. */
const LONGEST_VARIABLE = 4_096

export interface OnChangeOptions {
  /** The program and its arguments. */
  readonly program: readonly string[]
  /** Milliseconds from a change until the program is run: what changes meanwhile is in the same run. */
  readonly debounce: number
  /** It is run for the first state, too. */
  readonly atFirst: boolean
}

/**
 * Runs a program for the changes of a watch, once at a time and always with the newest state; one that fails is run again, later
 * each time, until it succeeds or there is news. Ends when the watch does. @throws the signal's reason, when the program has ended
 */
export async function runOnChange(
  context: Context,
  events: AsyncIterable<WatchEvent>,
  options: OnChangeOptions,
): Promise<void> {
  const news = new News()
  const stop = new AbortController()
  const running = runUntil(context, news, options, stop.signal)
  const watching = follow(context, events, news, options.atFirst)
  try {
    await Promise.race([watching, running])
  } finally {
    stop.abort(context.signal.reason)
    await running.catch(() => {})
  }
  context.signal.throwIfAborted()
}

async function follow(
  context: Context,
  events: AsyncIterable<WatchEvent>,
  news: News,
  atFirst: boolean,
): Promise<void> {
  let isComplete = false
  for await (const event of events) {
    if (event.type === 'link') {
      await sayLink(context, event)
      continue
    }
    news.picture.take(event)
    // Of a gap there is news when it is closed: with the differences and `synced`.
    if (isComplete ? event.type !== 'gap' : event.type === 'synced' && atFirst) news.announce(event)
    isComplete ||= event.type === 'synced'
  }
}

/** The state, and what was the last to change it since the program was started. */
class News {
  readonly picture = new Picture()
  #event: ShownEvent | undefined
  #heard: (() => void) | undefined

  announce(event: ShownEvent): void {
    this.#event = event
    this.#heard?.()
  }

  get isThere(): boolean {
    return this.#event !== undefined
  }

  take(): ShownEvent | undefined {
    const event = this.#event
    this.#event = undefined
    return event
  }

  /** Resolves when there is some, or after so many milliseconds. @throws the signal's reason */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.isThere) return
    const heard = new AbortController()
    this.#heard = () => heard.abort()
    const stopListening = onAbort(signal, this.#heard)
    await pause(milliseconds, heard.signal).catch(() => {})
    stopListening()
    this.#heard = undefined
    signal.throwIfAborted()
  }
}

async function runUntil(
  context: Context,
  news: News,
  { program, debounce }: OnChangeOptions,
  stop: AbortSignal,
): Promise<never> {
  let event: ShownEvent | undefined
  let hasStarted = false
  for (let failures = 0; ; ) {
    await news.wait(failures === 0 ? Number.POSITIVE_INFINITY : backOff(failures, DELAY), stop)
    if (news.isThere) {
      await pause(debounce, stop)
      event = news.take()
      failures = 0
    }
    if (!event) continue
    const run = runOnce(context, news.picture, { program, event }, stop)
    // What could be started once is missing for a while only, as in a deployment.
    const fault = await (hasStarted ? run.catch(messageOf) : run)
    stop.throwIfAborted()
    hasStarted = true
    failures = fault === undefined ? 0 : failures + 1
    if (fault === undefined) event = undefined
    else await context.say(`${fault}; it is run again, and with the next change`)
  }
}

function namesIn(event: ShownEvent): readonly [service?: string, id?: string | undefined] {
  if (event.type === 'malformed') return [event.malformed.service, event.malformed.problem.id]
  return 'entry' in event ? [event.entry.service, event.entry.instance.id] : []
}

/** A name as a variable may hold it: a registry takes NUL, which no environment does, and names that leave no room for anything else. */
function variable(name: string | undefined): string | undefined {
  return name === undefined ? undefined : clean(name).slice(0, LONGEST_VARIABLE)
}

/** What it ended with, in words, unless that is 0. A program that runs when the signal is aborted gets SIGTERM, and is waited for. */
async function runOnce(
  context: Context,
  picture: Picture,
  { program, event }: { readonly program: readonly string[]; readonly event: ShownEvent },
  stop: AbortSignal,
): Promise<string | undefined> {
  const [service, id] = namesIn(event)
  const { io } = context
  const env = {
    ...io.env,
    ROLLCALL_EVENT: event.type,
    ROLLCALL_SERVICE: variable(service),
    ROLLCALL_INSTANCE: variable(id),
  }
  const child = await Child.start(program, { env, cwd: io.cwd, input: picture.json(context.now()) })
  const stopListening = onAbort(stop, () => child.send('SIGTERM'))
  try {
    const status = await child.exited
    return status === 0 ? undefined : `${program[0]} ended with ${status}`
  } finally {
    stopListening()
  }
}
