import type { InstanceEntry } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { Entries } from './entries.ts'
import { readTogether } from './merge.ts'
import type { Source } from './source.ts'

export interface Wanted {
  /** Left out: under any service. */
  readonly service?: string
  readonly id: string
}

export interface FindOptions {
  readonly detail?: boolean
  readonly signal?: AbortSignal
}

/** The instances of exactly that id. */
export async function find(source: Source, wanted: Wanted, options: FindOptions): Promise<InstanceEntry[]> {
  const { signal, detail = false } = options
  const single = detail && source.capabilities.rawKeys
  const scope = wanted.service === undefined ? {} : { services: [wanted.service] }
  const found: InstanceEntry[] = []
  for await (const entry of new Entries(source, scope, { detail: detail && !single, ...(signal ? { signal } : {}) })) {
    if (entry.is === 'instance' && entry.instance.id === wanted.id) found.push(entry)
  }
  return single ? await inDetail(source, found, signal) : found
}

/** Reads the records of a few entries again, one by one: details cost a request each, so the scan went without them. */
async function inDetail(
  source: Source,
  entries: readonly InstanceEntry[],
  signal?: AbortSignal,
): Promise<InstanceEntry[]> {
  const again: InstanceEntry[] = []
  for (const { records } of entries) {
    const detailed: RawRecord[] = []
    for (const { id } of records) {
      for await (const page of source.backend.scan({ rawKey: id }, { detail: true, ...(signal ? { signal } : {}) })) {
        detailed.push(...page.records)
      }
    }
    const entry = readTogether(source, detailed)
    if (entry) again.push(entry)
  }
  return again
}
