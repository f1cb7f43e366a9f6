import type { Client } from '../client/client.ts'
import { skippedText } from '../client/entries.ts'
import type { Look } from '../lint/check.ts'
import type { ForeignReading } from '../model/reading.ts'
import type { Fold } from '../reports/fold.ts'
import { glob } from '../reports/glob.ts'
import type { Context } from './context.ts'
import type { Listing } from './listing.ts'
import type { Progress } from './output/progress.ts'

export interface LookOptions {
  /** Is told each service that has a record. */
  readonly seen?: Set<string>
  /** Is given each record of another program, in the first look alone. */
  readonly foreign?: Pick<Fold<{ readonly reading: ForeignReading }, unknown>, 'add'>
  /** Is told how many records were looked at, again and again where several looks are needed. */
  readonly progress: Pick<Progress, 'count'>
}

/** Records with their readings, as the rules look at them. */
export function lookAt(
  context: Context,
  client: Client,
  listing: Listing,
  { seen = new Set(), foreign, progress }: LookOptions,
): Look {
  const tests = listing.services.map(glob)
  let looked = 0
  let isFirst = true
  return async function* look(services) {
    const scope = services ? { services } : listing.scope
    let partial: string | undefined
    let skipped: readonly string[] = []
    const tells = isFirst
    isFirst = false
    for await (const page of client.backend.scan(scope, { signal: context.signal, structure: true })) {
      partial = page.partial
      skipped = page.skipped ?? skipped
      for (const record of page.records) {
        progress.count(++looked)
        if (tests.length > 0 && !tests.some((test) => test(record.service))) continue
        seen.add(record.service)
        const reading = client.backend.read(record, context.now())
        if (tells && reading.is === 'foreign') foreign?.add({ reading })
        yield { record, reading }
      }
    }
    if (looked === 0) await client.backend.checkPlace?.({ signal: context.signal })
    if (partial !== undefined) context.logger.warn(partial)
    if (tells && skipped.length > 0) context.logger.warn(skippedText(skipped))
  }
}
