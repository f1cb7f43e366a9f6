import type { Backend, ScanOptions, Scope } from '../../../src/backends/contract/backend.ts'
import type { Settings, Target } from '../../../src/backends/contract/driver.ts'
import { polaris } from '../../../src/backends/polaris/driver.ts'
import { Client } from '../../../src/client/client.ts'
import { silent } from '../../../src/model/logger.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'

export function targetAt(
  url: string,
  settings: Partial<Settings> = {},
  environment: Record<string, string> = {},
): Target {
  return polaris.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, environment)
}

export function openAt(...where: Parameters<typeof targetAt>): Promise<Backend> {
  return polaris.open(targetAt(...where), { signal: new AbortController().signal, logger: silent, now: Date.now })
}

export function clientAt(...where: Parameters<typeof targetAt>): Promise<Client> {
  return Client.open(targetAt(...where))
}

export async function recordsOf(backend: Backend, scope: Scope = {}, options: ScanOptions = {}): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const page of backend.scan(scope, options)) records.push(...page.records)
  return records
}

/** The instances, put together, in the registry's order. */
export async function entriesOf(client: Client, scope: Scope = {}): Promise<InstanceEntry[]> {
  const entries: InstanceEntry[] = []
  for await (const entry of client.entries(scope)) if (entry.is === 'instance') entries.push(entry)
  return entries
}
