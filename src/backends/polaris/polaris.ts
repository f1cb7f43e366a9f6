import { RollcallError } from '../../model/errors.ts'
import type { Logger } from '../../model/logger.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { PolarisApi } from './api.ts'

/** An opened Polaris, and where in it the caller is. */
export interface Polaris {
  readonly api: PolarisApi
  /** Empty: all of them are read, and none is written to. */
  readonly namespace: string
  /** `auto`: whatever is there is read, and `kratos` is written. */
  readonly layout: LayoutName | 'auto'
  readonly now: () => number
  readonly logger: Logger
}

/** Throws `usage` where there is not one namespace that is meant. */
export function oneNamespace({ namespace }: Polaris): string {
  if (namespace !== '') return namespace
  throw new RollcallError('usage', 'an instance is registered in one namespace, and all of them are meant', {
    hint: 'name one with -n instead of -A',
  })
}
