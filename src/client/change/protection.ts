import { RollcallError } from '../../model/errors.ts'
import { type Hours, isWithin, parseHours } from '../../model/hours.ts'
import type { Entry } from '../../model/reading.ts'
import { asFarAsReadable } from '../../reports/readable.ts'
import { protectedText, protecting } from '../../reports/protection.ts'
import type { PlaceOptions } from './site.ts'

/** Entries that are named in an error. */
const NAMED = 20

/**
 * Makes sure that nothing of it is protected: of what a plan would remove, before somebody is asked about it. `purge` looks by itself.
 * @throws RollcallError `refused` where something is, naming it and what protects it; `usage` for a selector that is not valid
 */
export function requireUnprotected(entries: readonly Entry[], options: PlaceOptions): void {
  const { protected: selectors = [], now = Date.now } = options
  const found: string[] = []
  for (const selector of selectors) {
    const isProtected = protecting(selector)
    const hit = entries.filter((entry) => isProtected(asFarAsReadable(entry), now()))
    if (hit.length > NAMED) found.push(`${hit.length} entries are protected by ${protectedText(selector)}`)
    else for (const entry of hit) found.push(`${nameOf(entry)} is protected by ${protectedText(selector)}`)
  }
  if (found.length === 0) return
  const protector = protectorOf(options)
  throw new RollcallError(
    'refused',
    `${protector} protects what would be removed or taken offline:\n${found.join('\n')}`,
    {
      hint: `narrow the command, or change protected: of ${protector}`,
    },
  )
}

/**
 * Why `protectedHours` let nothing be removed now, as one sentence; undefined where they do. `purge` looks by itself, again and again.
 * @throws RollcallError `usage` for hours that are not valid
 */
export function closedHours({ protectedHours = [], context, now = Date.now }: PlaceOptions): string | undefined {
  const hours = protectedHours.map(hoursFrom).find((each) => isWithin(each, now()))
  return (
    hours && `${context === undefined ? 'this registry' : `context ${context}`} lets nothing be removed ${hours.text}`
  )
}

function hoursFrom(text: string): Hours {
  const hours = parseHours(text)
  if (hours) return hours
  throw new RollcallError('usage', `protectedHours: "${text}" are not valid hours`, {
    hint: 'write for example Mon-Fri 09:00-18:00 Europe/Berlin',
  })
}

function protectorOf({ protectedBy, context }: PlaceOptions): string {
  return protectedBy ?? (context === undefined ? 'this program' : `context ${context}`)
}

function nameOf(entry: Entry): string {
  if (entry.is === 'instance') return `${entry.service}/${entry.instance.id}`
  return entry.record.id
}
