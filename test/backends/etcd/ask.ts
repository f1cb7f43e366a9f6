import type { Settings } from '../../../src/backends/contract/driver.ts'
import type { KvRecord, Operation } from '../../../src/backends/kv/store.ts'
import { openStore } from './open.ts'

/** Opens a store, reads all of `/ask/`, or writes, and closes it again. */
export async function ask(url: string, settings?: Partial<Settings>, operations?: Operation[]): Promise<KvRecord[]> {
  await using store = await openStore(url, settings)
  if (operations) await store.write(operations)
  const records: KvRecord[] = []
  for await (const page of store.scan({ start: Buffer.from('/ask/'), end: Buffer.from('/ask0') }))
    records.push(...page.records)
  return records
}
