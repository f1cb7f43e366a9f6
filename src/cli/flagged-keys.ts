import type { Client } from '../client/client.ts'
import { rulesOf } from '../backends/rules.ts'
import { checkEntries } from '../lint/check.ts'
import { selectRules } from '../lint/select.ts'
import type { Context } from './context.ts'
import type { Listing } from './listing.ts'
import { lookAt } from './look.ts'
import { startProgress } from './output/progress.ts'

/** The keys that these rules flag, each with the code and the message. @throws RollcallError `usage` for a code that none has */
export async function flaggedKeys(
  context: Context,
  client: Client,
  listing: Listing,
  codes: readonly string[],
): Promise<Map<string, string>> {
  const rules = selectRules(rulesOf(client.target.driver), { only: codes })
  const { layout } = client.target
  const progress = startProgress(context, 'records checked')
  const check = checkEntries(lookAt(context, client, listing, { progress }), {
    rules,
    now: context.now(),
    ...(layout === 'auto' ? {} : { layout }),
  })
  const flagged = new Map<string, string>()
  try {
    for await (const { key, rule, message } of check) if (!flagged.has(key)) flagged.set(key, `${rule}: ${message}`)
  } finally {
    await progress.stop()
  }
  return flagged
}
