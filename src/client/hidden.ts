import type { Scope } from '../backends/backend.ts'
import type { Client } from './client.ts'

/** What of a scope may not be seen, as one sentence; undefined where all of it may. Reads the scope. */
export async function hiddenOf(
  client: Pick<Client, 'entries'>,
  scope: Scope,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const scan = client.entries(scope, { signal })
  const batches = scan.batches()[Symbol.asyncIterator]()
  while (!(await batches.next()).done);
  return scan.partial
}
