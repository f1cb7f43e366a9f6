import type { RawRecord } from './record.ts'

/**
 * Records of a key-value store as they lie in the bytes of a page, for readers that need few of them as objects: what is
 * known of one has the same index everywhere. Valid until the next page is asked for, since its memory is used again.
 */
export interface RecordTable {
  readonly bytes: Buffer
  readonly length: number
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  readonly valueStart: Int32Array
  readonly valueEnd: Int32Array
  /** Sixteen hexadecimal digits for each; meaningless where `isLeased` is 0. */
  readonly leases: Uint8Array
  /** 0: it has no lease, or one of another form. */
  readonly isLeased: Uint8Array
  /** When the store first stored it, in milliseconds since 1970, where it records that. */
  readonly createdAt?: Float64Array
}

/** Where the parts of canonical records lie in the bytes of their page. */
export interface CanonicalParts {
  /** The name in the value, which `nameEnd` ends, and the version, which `versionEnd` ends. */
  readonly nameStart: Int32Array
  readonly nameEnd: Int32Array
  readonly versionStart: Int32Array
  readonly versionEnd: Int32Array
  /** The values of two keys of the metadata, which end where they begin if it has no such key. The weight is a number as JSON has it. */
  readonly envStart: Int32Array
  readonly envEnd: Int32Array
  readonly weightStart: Int32Array
  readonly weightEnd: Int32Array
  /** A bit for each scheme among its endpoints, so that equal numbers are equal schemes; -1 where one of them is rare. */
  readonly schemes: Int32Array
}

/**
 * Canonical records: those of a table from the index `from` up to `end`. Each value is letter for letter what Kratos writes
 * of plain words, and is written alike in JSON; its key is `{prefix}/{name}/{id}`, with the name and the id of the value, and
 * neither has a slash; and it has a lease. So each is a whole instance that is up, stored under the service of its name.
 */
export interface CanonicalRecords {
  readonly table: RecordTable
  readonly parts: CanonicalParts
  readonly from: number
  readonly end: number
  /** One of them by its index in the table, in memory of its own. */
  record(at: number): RawRecord
  /** Those from the index `from` up to `end`. */
  slice(from: number, end: number): CanonicalRecords
}
