import { hidden } from '../model/without-secrets.ts'
import type { Write } from './context.ts'

/** Who writes, and from which address where it is not this server itself. */
export interface Writer {
  readonly who: string
  readonly from?: string
}

/** One write as a line of JSON: when, who, from where, what, before and after; secrets are hidden. */
export function auditLine(writer: Writer, { before, after, ...write }: Write, now: number): string {
  return JSON.stringify({
    time: new Date(now).toISOString(),
    ...writer,
    ...write,
    ...(before && { before: hidden(before) }),
    ...(after && { after: hidden(after) }),
  })
}
