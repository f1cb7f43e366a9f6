import type { Scope } from '../backends/contract/backend.ts'
import type { Client } from './client.ts'

/**
 * What of a scope may not be seen, as one sentence; undefined where all of it may. Reads the scope.
 * @throws RollcallError `usage` where there is no such place at all
 */
export async function hiddenOf(
  client: Pick<Client, 'entries' | 'backend'>,
  scope: Scope,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const scan = client.entries(scope, { signal })
  let read = 0
  for await (const batch of scan.batches()) read += batch.length
  if (read === 0) await client.backend.checkPlace?.({ signal })
  return scan.partial
}
