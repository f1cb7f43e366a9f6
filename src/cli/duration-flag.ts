import { parseDuration } from '../model/duration.ts'
import { RollcallError } from '../model/errors.ts'

/** Milliseconds of a flag's value. @throws RollcallError `usage` for what is no duration, or below `least` milliseconds */
export function durationFlag(flag: string, text: string, least = 0): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined) {
    throw new RollcallError('usage', `${flag} "${text}" is no duration`, { hint: 'write for example 500ms, 30s or 2m' })
  }
  if (milliseconds >= least) return milliseconds
  throw new RollcallError('usage', `${flag} ${text} is too short`, { hint: `it must be ${least}ms or more` })
}
