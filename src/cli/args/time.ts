import { parseDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'

const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d:?\d\d))?)?$/

/**
 * A time in the past, in milliseconds since 1970: `10m` is ten minutes ago, `2026-11-30T02:00` is in this machine's time zone.
 * @throws RollcallError `usage` for anything else, and for a time that is yet to come
 */
export function pastTime(flag: string, text: string, now: number): number {
  const ago = parseDuration(text)
  const time = ago === undefined ? (TIME.test(text) ? Date.parse(text) : Number.NaN) : now - ago
  if (Number.isNaN(new Date(time).getTime()))
    throw new RollcallError('usage', `${flag} "${text}" is not a time`, {
      hint: 'write how long ago, such as 10m or 2h, or a time, such as 2026-11-30T02:00:00Z',
    })
  if (time <= now) return time
  throw new RollcallError('usage', `${flag} ${text} is in the future`, { hint: 'a journal knows the past only' })
}
