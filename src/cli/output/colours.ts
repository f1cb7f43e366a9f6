import type { Severity } from '../../lint/rule.ts'
import type { Status } from '../../model/status.ts'
import type { Io } from '../io.ts'

export type Tone = 'good' | 'notice' | 'bad' | 'quiet' | 'strong' | 'chosen'

type Streams = Pick<Io, 'stdout' | 'stderr' | 'env'>

/** Colours a text by what it means; gives it back as it is where there are none. */
export type Colours = (tone: Tone, text: string) => string

const TONE_OF_STATUS: Readonly<Record<Status, Tone>> = {
  up: 'good',
  warning: 'notice',
  starting: 'notice',
  stopping: 'notice',
  maintenance: 'notice',
  unknown: 'notice',
  unhealthy: 'bad',
  expired: 'bad',
  down: 'bad',
}

const TONE_OF_SEVERITY: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'notice', info: 'quiet' }

export function toneOfStatus(status: Status): Tone {
  return TONE_OF_STATUS[status]
}

export function toneOfSeverity(severity: Severity): Tone {
  return TONE_OF_SEVERITY[severity]
}

/**
 * `flag` is `--color`: auto, always or never. It beats FORCE_COLOR, which beats NO_COLOR, which beats what the stream is.
 * The library is loaded where there are colours: milliseconds that a pipe need not wait.
 */
export async function createColours(
  io: Streams,
  flag: string = 'auto',
  stream: 'stdout' | 'stderr' = 'stdout',
): Promise<Colours> {
  if (!areWanted(io, flag, stream)) return colourless
  const { Chalk } = await import('chalk')
  // The sixteen basic colours are all that is used.
  const chalk = new Chalk({ level: 1 })
  const paint = {
    good: chalk.green,
    notice: chalk.yellow,
    bad: chalk.red,
    quiet: chalk.dim,
    strong: chalk.bold,
    chosen: chalk.inverse,
  }
  return (tone, text) => paint[tone](text)
}

export const colourless: Colours = (_tone, text) => text

function areWanted({ env, ...streams }: Streams, flag: string, stream: 'stdout' | 'stderr'): boolean {
  if (flag !== 'auto') return flag === 'always'
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return streams[stream].isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
}
