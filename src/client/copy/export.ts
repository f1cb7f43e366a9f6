import type { Scope } from '../../backends/contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { type InstanceItem, instanceItem } from '../../reports/instances.ts'
import type { Client } from '../client.ts'
import { Copier } from './copier.ts'
import type { Copied, CopyOptions } from './copy.ts'
import { entryFrom } from '../../reports/file-entry.ts'

/** Instances that are registered together. */
const BATCH = 500

/** What is exported. */
export interface ExportOptions {
  readonly scope?: Scope
  readonly signal?: AbortSignal
}

/**
 * Yields every instance as `rollcall export` writes it, one a line of JSON. Malformed and foreign records are left out.
 *
 * @throws RollcallError `forbidden` at the end when there was a part without permission to read, so that nobody takes it for all
 */
export async function* exportInstances(
  client: Client,
  { scope, signal }: ExportOptions = {},
): AsyncGenerator<InstanceItem, void, undefined> {
  const entries = client.entries(scope, { signal })
  for await (const entry of entries) if (entry.is === 'instance') yield instanceItem(entry)
  if (entries.unreadable === undefined) return
  throw new RollcallError('forbidden', `the export is not complete: ${entries.unreadable}`, {
    hint: 'use credentials that can read it, or name the services to export',
  })
}

/** How instances are registered; what has the same id and says something else is a conflict by default. */
export type ImportOptions = CopyOptions

/**
 * Registers instances that an export has, or any that have at least a name and endpoints, and yields what became of each. What is
 * there already is left alone, so that a second run changes nothing and finishes one that was interrupted. Each is registered
 * once: keeping it alive is its process' business, so without `ttl: null` it expires after its TTL.
 *
 * @throws RollcallError `usage` for an item that is not an instance; the registry's error when the present state cannot be read
 */
export async function* importInstances(
  client: Client,
  items: AsyncIterable<unknown> | Iterable<unknown>,
  options: ImportOptions = {},
): AsyncGenerator<Copied, void, undefined> {
  for await (const batch of new Copier(client, options).copy(entriesOf(items))) yield* batch
}

async function* entriesOf(
  items: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<InstanceEntry[], void, undefined> {
  let [batch, at]: [InstanceEntry[], number] = [[], 0]
  for await (const item of items) {
    batch.push(entryFrom(item, `instance ${++at}`))
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  yield batch
}
