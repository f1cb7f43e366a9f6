import { RollcallError } from '../../model/errors.ts'
import { isWithin } from '../../model/hours.ts'
import type { Entry } from '../../model/reading.ts'
import { asFarAsReadable } from '../../reports/readable.ts'
import { protectedText, protecting } from '../../reports/protection.ts'
import type { ChangeSite } from './site.ts'

/** Entries that are named in an error. */
const NAMED = 20

type Guarded = Pick<ChangeSite, 'protection' | 'protector' | 'now'>

/** @throws RollcallError `refused` where the context in force protects an entry, naming the selectors and what they protect */
export function requireUnprotected({ protection, protector, now }: Guarded, entries: readonly Entry[]): void {
  const found: string[] = []
  for (const selector of protection.protected) {
    const isProtected = protecting(selector)
    const hit = entries.filter((entry) => isProtected(asFarAsReadable(entry), now()))
    if (hit.length > NAMED) found.push(`${hit.length} entries are protected by ${protectedText(selector)}`)
    else for (const entry of hit) found.push(`${nameOf(entry)} is protected by ${protectedText(selector)}`)
  }
  if (found.length === 0) return
  throw new RollcallError(
    'refused',
    `${protector} protects what would be removed or taken offline:\n${found.join('\n')}`,
    {
      hint: `narrow the command, or change protected: of ${protector}`,
    },
  )
}

/** Why nothing is removed now, as one sentence; undefined where it may be. */
export function closedHours({
  protection,
  context,
  now,
}: Pick<ChangeSite, 'protection' | 'context' | 'now'>): string | undefined {
  const hours = protection.protectedHours.find((each) => isWithin(each, now()))
  return (
    hours && `${context === undefined ? 'this registry' : `context ${context}`} lets nothing be removed ${hours.text}`
  )
}

function nameOf(entry: Entry): string {
  if (entry.is === 'instance') return `${entry.service}/${entry.instance.id}`
  return entry.record.id
}
