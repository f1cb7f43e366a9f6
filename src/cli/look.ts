import type { Client } from '../client/client.ts'
import type { Look } from '../lint/check.ts'
import { glob } from '../reports/glob.ts'
import type { Context } from './context.ts'
import type { Listing } from './listing.ts'

/** Records with their readings, as the rules look at them. `seen` is told each service that has one. */
export function lookAt(context: Context, client: Client, listing: Listing, seen = new Set<string>()): Look {
  const tests = listing.services.map(glob)
  return async function* look(services) {
    const scope = services ? { services } : listing.scope
    let partial: string | undefined
    for await (const page of client.backend.scan(scope, { signal: context.signal, structure: true })) {
      partial = page.partial
      for (const record of page.records) {
        if (tests.length > 0 && !tests.some((test) => test(record.service))) continue
        seen.add(record.service)
        yield { record, reading: client.backend.read(record, context.now()) }
      }
    }
    if (partial !== undefined) context.logger.warn(partial)
  }
}
