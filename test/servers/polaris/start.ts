import { serverOf } from '../with-server.ts'
import { type PolarisOptions, PolarisServer } from './server.ts'

export type { PolarisServer } from './server.ts'

/** A Polaris of the test's own. */
export function startPolaris(options?: PolarisOptions): Promise<PolarisServer> {
  return PolarisServer.start(serverOf('polaris').programs ?? {}, options)
}
