import type { WatchEvent } from '../../model/change.ts'
import type { Context } from '../command.ts'
import type { Globals } from '../globals.ts'
import type { Io, Output } from '../io.ts'
import { grouped } from './text.ts'

/** Long work on standard error: one line that is drawn again on a terminal, a line every ten seconds elsewhere. */
export interface Progress {
  count(done: number, of?: number): void
  /** The same output; the line gives way to what is written there. */
  above(output: Output): Output
  /** Takes the line away. */
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
    stderr.write(stderr.isTerminal ? `${ERASE}${text}` : `${text}\n`).catch(() => {})
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

/** Says on standard error that the connection went away, or is back. */
export async function sayLink(context: Context, { state, message }: WatchEvent & { type: 'link' }): Promise<void> {
  const lost = message === undefined ? 'connection lost' : `connection lost: ${message}`
  await context.say(state === 'up' ? 'connected again' : lost)
}
