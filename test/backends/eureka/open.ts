import type { Backend, ScanOptions, Scope } from '../../../src/backends/contract/backend.ts'
import type { Settings, Target } from '../../../src/backends/contract/driver.ts'
import { eureka } from '../../../src/backends/eureka/driver.ts'
import { Client } from '../../../src/client/client.ts'
import { silent } from '../../../src/model/logger.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'

export function targetAt(url: string, settings: Partial<Settings> = {}): Target {
  return eureka.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, {})
}

export function openAt(url: string, settings?: Partial<Settings>): Promise<Backend> {
  const options = { signal: new AbortController().signal, logger: silent, now: Date.now }
  return eureka.open(targetAt(url, settings), options)
}

export function clientAt(url: string, settings?: Partial<Settings>): Promise<Client> {
  return Client.open(targetAt(url, settings))
}

export async function recordsOf(backend: Backend, scope: Scope = {}, options: ScanOptions = {}): Promise<RawRecord[]> {
  const records: RawRecord[] = []
  for await (const page of backend.scan(scope, options)) records.push(...page.records)
  return records
}

/** `service/id status` of each instance, put together by the client. */
export async function listed(client: Client, scope: Scope = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const entry of client.entries(scope))
    lines.push(
      entry.is === 'instance'
        ? `${entry.service}/${entry.instance.id} ${entry.observed.status}`
        : `malformed ${entry.service}`,
    )
  return lines
}
