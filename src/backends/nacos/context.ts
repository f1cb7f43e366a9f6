import type { Logger } from '../../model/logger.ts'
import type { Api } from './api.ts'
import type { Scoped } from './target.ts'

/** What the parts of this backend work on: the API, and the place in Nacos that was asked for. */
export interface Nacos extends Scoped {
  readonly api: Api
  readonly allNamespaces: boolean
  /** Milliseconds that a change may take until it is listed. */
  readonly patience: number
  readonly logger: Logger
  /** Namespaces that nobody has created, once they were warned of. */
  readonly warnedOf: Set<string>
  /** Milliseconds since 1970. */
  readonly now: () => number
}
