import type { AioRecord } from './aio-record.ts'
import type { Write } from './context.ts'

/** Names of metadata whose values are nobody's to read in a log. */
const SECRET = /pass|secret|token|credential|private|api[-_.]?key/i

/** Who writes, and from which address where he is not this server itself. */
export interface Writer {
  readonly who: string
  readonly from?: string
}

/** One write as a line of JSON: when, who, from where, what, before and after. */
export function auditLine(writer: Writer, { before, after, ...write }: Write, now: number): string {
  return JSON.stringify({
    time: new Date(now).toISOString(),
    ...writer,
    ...write,
    ...(before && { before: withoutSecrets(before) }),
    ...(after && { after: withoutSecrets(after) }),
  })
}

function withoutSecrets(record: AioRecord): AioRecord {
  const entries = Object.entries(record.metadata).map(([name, value]) => [name, SECRET.test(name) ? '(hidden)' : value])
  return { ...record, metadata: Object.fromEntries(entries) }
}
