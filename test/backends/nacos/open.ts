import type { Backend, Page, Scope } from '../../../src/backends/contract/backend.ts'
import type { Environment, Settings, Target } from '../../../src/backends/contract/driver.ts'
import { nacos } from '../../../src/backends/nacos/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { Client } from '../../../src/client/client.ts'
import { PATIENT } from '../../patience.ts'

export function targetOf(url: string, settings: Partial<Settings> = {}, environment: Environment = {}): Target {
  return nacos.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, environment)
}

export function openNacos(url: string, settings?: Partial<Settings>): Promise<Backend> {
  const options = { signal: new AbortController().signal, logger: silent, now: Date.now }
  return nacos.open(targetOf(url, settings), options)
}

export function openClient(url: string, settings?: Partial<Settings>): Promise<Client> {
  return Client.open(targetOf(url, settings))
}

export async function recordsIn(backend: Backend, scope: Scope = {}): Promise<Page['records'][number][]> {
  const records: Page['records'][number][] = []
  for await (const page of backend.scan(scope)) records.push(...page.records)
  return records
}

/** `service/id endpoints status` of each instance, put together by the client. */
export async function listed(client: Client, scope: Scope = {}): Promise<string[]> {
  const lines: string[] = []
  for await (const entry of client.entries(scope))
    lines.push(
      entry.is === 'instance'
        ? `${entry.service}/${entry.instance.id} ${entry.instance.endpoints.join(' ')} ${entry.observed.status}`
        : `malformed ${entry.record.id}`,
    )
  return lines
}
