import type { Context } from './context.ts'
import { grouped } from './output/quantity.ts'

/** Long work on standard error: one line that is drawn again on a terminal, a line every ten seconds elsewhere. */
export interface Progress {
  count(done: number, of?: number): void
  /** Takes the line away. */
  stop(): Promise<void>
}

const ON_TERMINAL = 100
const ELSEWHERE = 10_000

export function startProgress(context: Context, what: string): Progress {
  const { stderr } = context.io
  if (context.globals.quiet) return { count() {}, async stop() {} }
  let counts: readonly number[] = []
  let drawn = false
  const tick = () => {
    if (counts.length === 0) return
    const text = `${what}: ${counts.map(grouped).join(' of ')}`
    drawn = stderr.isTerminal
    stderr.write(stderr.isTerminal ? `\r\u001b[K${text}` : `${text}\n`).catch(() => {})
  }
  const timer = setInterval(tick, stderr.isTerminal ? ON_TERMINAL : ELSEWHERE)
  timer.unref()
  return {
    count(done, of) {
      counts = of === undefined ? [done] : [done, of]
    },
    async stop() {
      clearInterval(timer)
      if (drawn) await stderr.write('\r\u001b[K')
    },
  }
}
