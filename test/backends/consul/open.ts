import type { Backend, Page, Scope } from '../../../src/backends/contract/backend.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { consul } from '../../../src/backends/consul/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { PATIENT } from '../../patience.ts'

export function openAt(
  url: string,
  settings: Partial<Settings> = {},
  environment: Record<string, string> = {},
): Promise<Backend> {
  const target = consul.parse(parseRegistryUrl(url), { ...PATIENT, ...settings }, environment)
  return consul.open(target, { signal: new AbortController().signal, logger: silent, now: Date.now })
}

export async function pagesOf(backend: Backend, scope: Scope = {}): Promise<Page[]> {
  const pages: Page[] = []
  for await (const page of backend.scan(scope)) pages.push(page)
  return pages
}

export async function recordsOf(backend: Backend, scope: Scope = {}): Promise<RawRecord[]> {
  return (await pagesOf(backend, scope)).flatMap(({ records }) => records)
}

/** The instance that a record is, with what is seen of it. */
export function entryOf(backend: Backend, record: RawRecord): InstanceEntry {
  const reading = backend.read(record, Date.now())
  if (reading.is !== 'instance') throw new Error(`${record.id} is ${reading.is}`)
  return { ...reading, service: record.service, records: [record] }
}
