import type { WatchEvent } from '../../model/change.ts'
import type { Context } from '../command.ts'
import type { Globals } from '../globals.ts'
import type { Io, Output } from '../io.ts'
import { grouped } from '../../model/count.ts'

/** Progress of long work on standard error: one line, redrawn, on a terminal, with a bar where the total is known; a line every ten seconds elsewhere. */
export interface Progress {
  count(done: number, of?: number): void
  /** The output, with the progress line erased before each write. */
  above(output: Output): Output
  /** Erases the line. */
  stop(): Promise<void>
}

/** What it takes of a context. */
interface Screen {
  readonly io: Pick<Io, 'stderr'>
  readonly globals: Pick<Globals, 'quiet'>
}

/** Milliseconds between two lines. */
const ON_TERMINAL = 100
const ELSEWHERE = 10_000
const ERASE = '\r\u001b[K'

export function startProgress({ io: { stderr }, globals }: Screen, what: string): Progress {
  if (globals.quiet) return { count() {}, above: (output) => output, async stop() {} }
  let counts: readonly number[] = []
  let drawn = false
  const tick = () => {
    if (counts.length === 0) return
    const text = `${what}: ${counts.map(grouped).join(' of ')}`
    drawn = stderr.isTerminal
    stderr.write(stderr.isTerminal ? `${ERASE}${withBar(text, counts, stderr.columns)}` : `${text}\n`).catch(() => {})
  }
  const erase = async () => {
    if (!drawn) return
    drawn = false
    await stderr.write(ERASE)
  }
  const timer = setInterval(tick, stderr.isTerminal ? ON_TERMINAL : ELSEWHERE)
  timer.unref()
  return {
    count(done, of) {
      counts = of === undefined ? [done] : [done, of]
    },
    above: (output) => ({
      isTerminal: output.isTerminal,
      get columns() {
        return output.columns
      },
      async write(text) {
        // Both at once: nothing can be drawn between them.
        await Promise.all([erase(), output.write(text)])
      },
    }),
    async stop() {
      clearInterval(timer)
      await erase()
    },
  }
}

/** Columns between the brackets of a bar. */
const BAR = 24

/** The line with a bar behind it, where the total is known and the terminal is wide enough: `removed: 3 of 4  [######  ]  75%`. */
function withBar(text: string, [done = 0, of]: readonly number[], columns: number | undefined): string {
  if (of === undefined || of === 0 || columns === undefined) return text
  const part = Math.min(1, done / of)
  const filled = Math.floor(part * BAR)
  const line = `${text}  [${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${String(Math.floor(part * 100)).padStart(3)}%`
  return line.length < columns ? line : text
}

/** Reports on standard error that the connection was lost, or is back. */
export async function sayLink(context: Context, { state, message }: WatchEvent & { type: 'link' }): Promise<void> {
  const lost = message === undefined ? 'connection lost' : `connection lost: ${message}`
  await context.say(state === 'up' ? 'connected again' : lost)
}

/**
 * For a command that looks until something holds: prints a line whenever it says something else than before, and when the
 * registry is lost or back. `lineOf` says how a state is.
 */
export function sayStates<State>(context: Context, lineOf: (state: State) => string) {
  let reported: string | undefined
  const say = (line: string) => void context.say(line).catch(() => {})
  return {
    onState: (state: State) => {
      const line = lineOf(state)
      if (line !== reported) say(line)
      reported = line
    },
    onLink: (away: string | undefined) => say(away === undefined ? 'connected again' : `${away}; trying again`),
  }
}
