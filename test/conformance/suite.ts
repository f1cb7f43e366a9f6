import { afterEach, beforeEach, describe } from 'vitest'
import type { Capabilities } from '../../src/model/capabilities.ts'
import { expiring } from './parts/expiring.ts'
import { reading } from './parts/reading.ts'
import { registering } from './parts/registering.ts'
import { removing } from './parts/removing.ts'
import { renewing } from './parts/renewing.ts'
import { restoring } from './parts/restoring.ts'
import { scanning } from './parts/scanning.ts'
import { sharing } from './parts/sharing.ts'
import { statuses } from './parts/statuses.ts'
import { watching } from './parts/watching.ts'
import { Ground, type Registry } from './ground.ts'

const PARTS = {
  scan: scanning,
  'read and encode': reading,
  register: registering,
  'several processes': sharing,
  expiry: expiring,
  remove: removing,
  renew: renewing,
  setStatus: statuses,
  restore: restoring,
  watch: watching,
} as const

interface SuiteOptions {
  /** What `open` gives shares nothing with the others, so parts of the suite may run side by side: where servers take their time. */
  readonly abreast?: boolean
}

/**
 * Every sentence of src/backends/contract/backend.ts, held against one kind of registry in one layout, as far as its
 * capabilities go. `open` gives an empty registry for each test.
 */
export function conformance(
  name: string,
  capabilities: Capabilities,
  open: () => Promise<Registry>,
  { abreast = false }: SuiteOptions = {},
): void {
  describe(name, () => {
    for (const [part, tests] of Object.entries(PARTS))
      describe(part, { concurrent: abreast }, () => {
        describe('in turn', { concurrent: false }, () => {
          let current: Ground
          beforeEach(async () => {
            current = new Ground(await open())
          })
          afterEach(() => current[Symbol.asyncDispose]())
          tests(() => current, capabilities)
        })
      })
  })
}
