/** A place beside the one that was looked at. */
export interface Alternative {
  /** A prefix or a namespace, by the option that names it. An empty prefix is the whole store. */
  readonly place: string
  readonly option: 'prefix' | 'namespace'
  /** The framework whose records lie there, where rollcall only recognises them or reads them as bare addresses. */
  readonly looksLike?: string
  /** Some services of that framework. */
  readonly services?: readonly string[]
  readonly count: number
  readonly unit: 'key' | 'service'
  /** There may be more: the look stopped at a bound. */
  readonly more: boolean
}
