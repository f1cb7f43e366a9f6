import { RollcallError } from '../../model/errors.ts'
import { isWithin } from '../../model/hours.ts'
import type { Entry } from '../../model/reading.ts'
import { protectedText, protecting } from '../../reports/protection.ts'
import type { Context } from '../command.ts'
import { asFarAsReadable } from './readable.ts'

/** Entries that are named in an error. */
const NAMED = 20

/** @throws RollcallError `refused` where the context in force protects an entry, naming the selectors and what they protect */
export async function requireUnprotected(context: Context, entries: readonly Entry[]): Promise<void> {
  const { protected: selectors, origins, context: name } = await context.resolved()
  const found: string[] = []
  for (const selector of selectors) {
    const isProtected = protecting(selector)
    const hit = entries.filter((entry) => isProtected(asFarAsReadable(entry), context.now()))
    if (hit.length > NAMED) found.push(`${hit.length} entries are protected by ${protectedText(selector)}`)
    else for (const entry of hit) found.push(`${nameOf(entry)} is protected by ${protectedText(selector)}`)
  }
  if (found.length === 0) return
  const whose = name === undefined ? (origins.find((each) => each.name === 'protected')?.from ?? '') : `context ${name}`
  throw new RollcallError('refused', `${whose} protects what would be removed or taken offline:\n${found.join('\n')}`, {
    hint: `narrow the command, or change protected: of ${whose}`,
  })
}

/** @throws RollcallError `refused` in the hours in which the context in force lets nothing be removed */
export async function requireOpenHours(context: Context): Promise<void> {
  const closed = await closedHours(context)
  if (closed === undefined) return
  throw new RollcallError('refused', closed, {
    hint: 'run it later: rollcall purge --plan FILE, and then rollcall apply -f FILE; --dry-run works now',
  })
}

/** For a dry run: that the plan could not be carried out now. */
export async function sayHours(context: Context): Promise<void> {
  const closed = await closedHours(context)
  if (closed !== undefined) await context.say(`note: ${closed}`)
}

/** Why nothing is removed now, as one sentence; undefined where it may be. */
export async function closedHours(context: Context): Promise<string | undefined> {
  const { protectedHours, context: name } = await context.resolved()
  const hours = protectedHours.find((each) => isWithin(each, context.now()))
  return hours && `${name === undefined ? 'this registry' : `context ${name}`} lets nothing be removed ${hours.text}`
}

function nameOf(entry: Entry): string {
  if (entry.is === 'instance') return `${entry.service}/${entry.instance.id}`
  return entry.record.id
}
