import { Chalk, type ColorSupportLevel } from 'chalk'
import type { Severity } from '../../lint/rule.ts'
import type { Status } from '../../model/status.ts'
import type { Io } from '../io.ts'

export type Tone = 'good' | 'notice' | 'bad' | 'quiet' | 'strong'

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

/** `flag` is `--color`: auto, always or never. It beats FORCE_COLOR, which beats NO_COLOR, which beats what the stream is. */
export function createColours(io: Streams, flag: string = 'auto', stream: 'stdout' | 'stderr' = 'stdout'): Colours {
  const chalk = new Chalk({ level: levelOf(io, flag, stream) })
  const paint = { good: chalk.green, notice: chalk.yellow, bad: chalk.red, quiet: chalk.dim, strong: chalk.bold }
  return (tone, text) => paint[tone](text)
}

export const colourless: Colours = (_tone, text) => text

/** The sixteen basic colours are all that is used, so the level is 0 or 1. */
function levelOf({ env, ...streams }: Streams, flag: string, stream: 'stdout' | 'stderr'): ColorSupportLevel {
  if (flag !== 'auto') return flag === 'always' ? 1 : 0
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced === '0' || forced === 'false' ? 0 : 1
  return streams[stream].isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' ? 1 : 0
}
