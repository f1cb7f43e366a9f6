import type { Api } from '../api.ts'

/** An opened server of the AIO registry's API that is no `rollcall serve`. */
export interface Plain {
  readonly api: Api
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds. */
  readonly aioTtl: number
}
