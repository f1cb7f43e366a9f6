import type { Api } from '../api.ts'
import type { Description } from '../wire.ts'

/** An opened `rollcall serve`. */
export interface Served {
  readonly api: Api
  readonly description: Description
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds. */
  readonly aioTtl: number
}
