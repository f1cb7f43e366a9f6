import type { Scope } from '../../backends/contract/backend.ts'
import type { Look } from '../../lint/check.ts'
import type { CheckedRecord } from '../../lint/subject.ts'
import type { Logger } from '../../model/logger.ts'
import { silent } from '../../model/logger.ts'
import type { Client } from '../client.ts'
import { skippedText } from '../entries.ts'

/** What is read for the check of keys, and who hears of it. */
export interface LookOptions {
  readonly scope?: Scope
  /** Whether a service is meant; every one of the scope by default. */
  readonly isMeant?: (service: string) => boolean
  /** Returns the time in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** Receives each record that is meant with its reading, and whether this is the first look. */
  readonly onRecord?: (checked: CheckedRecord, isFirst: boolean) => void
  /** Receives how many records have been read, in all looks together. */
  readonly onProgress?: (read: number) => void
}

/** Returns what reads records with their readings, page by page, for the rules of `check-keys`; it may be called several times. */
export function lookAt(client: Client, options: LookOptions = {}): Look {
  const { isMeant = () => true, now = Date.now, signal, logger = silent, onRecord, onProgress } = options
  let looked = 0
  let isFirst = true
  return async function* look(services) {
    const scope = services ? { services } : (options.scope ?? {})
    let unreadable: string | undefined
    let skipped: readonly string[] = []
    const reports = isFirst
    isFirst = false
    for await (const page of client.backend.scan(scope, { signal, structure: true })) {
      unreadable = page.unreadable
      skipped = page.skipped ?? skipped
      looked += page.records.length
      onProgress?.(looked)
      const time = now()
      const batch: CheckedRecord[] = []
      for (const record of page.records) {
        if (!isMeant(record.service)) continue
        const checked = { record, reading: client.backend.read(record, time) }
        onRecord?.(checked, reports)
        batch.push(checked)
      }
      yield batch
    }
    if (looked === 0) await client.backend.checkPlace?.({ signal })
    if (unreadable !== undefined) logger.warn(unreadable)
    if (reports && skipped.length > 0) logger.warn(skippedText(skipped))
  }
}
