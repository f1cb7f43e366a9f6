import { type CanonicalProof, canonicalProof } from '../../layouts/canonical.ts'
import type { CanonicalParts, CanonicalRecords } from '../../model/record-table.ts'
import type { RawRecord } from '../../model/record.ts'
import { compareServices } from '../contract/service-order.ts'
import type { KvContext } from './context.ts'
import type { LocatedRecord, Prefix } from './prefix.ts'
import { rawRecordOf } from './record.ts'
import type { StorePage, StoreTable } from './store.ts'

/** Some records of a scan: each by itself, or canonical ones in the bytes of their page. */
export type Found = readonly LocatedRecord[] | CanonicalRun

/** Records taken from a table at a time, where they are not canonical. */
const PART = 500

/** Canonical records of one prefix, in key order. */
export class CanonicalRun implements CanonicalRecords {
  readonly table: StoreTable
  readonly parts: CanonicalParts
  readonly from: number
  readonly end: number
  private readonly prefix: Prefix

  constructor(
    { table, parts, prefix }: { table: StoreTable; parts: CanonicalParts; prefix: Prefix },
    from: number,
    end: number,
  ) {
    this.table = table
    this.parts = parts
    this.prefix = prefix
    this.from = from
    this.end = end
  }

  get length(): number {
    return this.end - this.from
  }

  located(at: number): LocatedRecord {
    return this.prefix.locate(this.table.record(at))
  }

  record(at: number): RawRecord {
    return rawRecordOf(this.located(at))
  }

  slice(from: number, end: number): CanonicalRun {
    const { table, parts, prefix } = this
    return new CanonicalRun({ table, parts, prefix }, from, end)
  }

  /** The index of the first record whose service does not come before this one. */
  until(service: Uint8Array): number {
    let [from, end] = [this.from, this.end]
    while (from < end) {
      const middle = (from + end) >>> 1
      if (compareServices(this.nameAt(middle), service) < 0) from = middle + 1
      else end = middle
    }
    return from
  }

  private nameAt(at: number): Uint8Array {
    return this.table.bytes.subarray(this.parts.nameStart[at], this.parts.nameEnd[at])
  }
}

/** The proof for what lies under a prefix; undefined where a reading can depend on other records. */
export function proofUnder(kv: KvContext, prefix: Prefix): CanonicalProof | undefined {
  const { text, isRoot, below, dependsOnFolders } = prefix
  return isRoot || below || dependsOnFolders || kv.store.sessions ? undefined : canonicalProof(text, kv.layout)
}

/** What is on the pages under a prefix: of tables the canonical records as runs, where there is a proof. */
export async function* foundOn(
  pages: AsyncIterable<StorePage>,
  prefix: Prefix,
  proof: CanonicalProof | undefined,
): AsyncGenerator<Found> {
  if (!proof) {
    yield* locatedOn(pages, prefix)
    return
  }
  for await (const page of pages) {
    if (page.table) yield* foundInTable(page.table, prefix, proof)
    else yield page.records.map((record) => prefix.locate(record))
  }
}

/** What is on the pages under a prefix, each record by itself. */
export async function* locatedOn(
  pages: AsyncIterable<StorePage>,
  prefix: Prefix,
): AsyncGenerator<readonly LocatedRecord[]> {
  for await (const { table, records } of pages) {
    if (table) yield* allOf(table, prefix)
    else yield records.map((record) => prefix.locate(record))
  }
}

function* allOf(table: StoreTable, prefix: Prefix): Generator<readonly LocatedRecord[]> {
  for (let from = 0; from < table.length; from += PART) {
    const length = Math.min(PART, table.length - from)
    yield Array.from({ length }, (_, place) => prefix.locate(table.record(from + place)))
  }
}

/** The records of a table in order, canonical ones together. */
function* foundInTable(table: StoreTable, prefix: Prefix, proof: CanonicalProof): Generator<Found> {
  proof.begin(table)
  const { parts } = proof
  let others: LocatedRecord[] = []
  let from = 0
  for (let at = 0; at < table.length; at++) {
    if (proof.holds(table, at)) {
      if (others.length > 0) yield others
      if (others.length > 0) from = at
      others = []
      continue
    }
    if (at > from) yield new CanonicalRun({ table, parts, prefix }, from, at)
    others.push(prefix.locate(table.record(at)))
    from = at + 1
    if (others.length < PART) continue
    yield others
    others = []
  }
  if (others.length > 0) yield others
  if (table.length > from) yield new CanonicalRun({ table, parts, prefix }, from, table.length)
}
