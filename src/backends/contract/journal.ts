/** What happened after a time, or what was there at one, in milliseconds since 1970. */
export interface JournalQuery {
  readonly since?: number
  readonly at?: number
  /** Only these; all where there is none. */
  readonly services?: readonly string[]
  readonly signal?: AbortSignal
}
