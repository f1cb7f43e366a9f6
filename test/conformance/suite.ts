import { afterEach, beforeEach, describe } from 'vitest'
import type { Capabilities } from '../../src/model/capabilities.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { diagnosing } from './parts/diagnosing.ts'
import { ending } from './parts/ending.ts'
import { expiring } from './parts/expiring.ts'
import { paging } from './parts/paging.ts'
import { pipelines } from './parts/pipelines.ts'
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
  'scan of many': paging,
  'read and encode': reading,
  register: registering,
  'several processes': sharing,
  expiry: expiring,
  remove: removing,
  renew: renewing,
  setStatus: statuses,
  restore: restoring,
  watch: watching,
  diagnose: diagnosing,
  pipelines,
  'a process': ending,
} as const

type Part = keyof typeof PARTS

/** The layouts of a flat store in which an instance is written under the id that it was given: go-zero names it by its lease, and others are only read. */
export const WRITTEN = [
  'kratos',
  'kratos-scheme',
  'aio',
  'plain',
  'kitex',
  'grpc-naming',
] as const satisfies LayoutName[]

/** The layouts that are written in a tree. */
export const WRITTEN_IN_TREE = ['kratos', 'kratos-scheme', 'aio', 'plain', 'curator'] as const satisfies LayoutName[]

const OF_THE_LAYOUT: readonly Part[] = ['scan', 'read and encode', 'register']

/**
 * What a store is held against in a layout. A layout does no I/O, so all of it once with a record on a lease, once with several
 * on one, and once with liveness in the value; else what the layout has a say in. `auto` reads two prefixes at once, and so it
 * watches, removes and copies there, too.
 */
export function partsOf(layout: LayoutName | 'auto'): readonly Part[] | undefined {
  if (layout === 'auto') return [...OF_THE_LAYOUT, 'remove', 'watch', 'pipelines']
  return ['plain', 'kitex', 'grpc-naming', 'curator'].includes(layout) ? OF_THE_LAYOUT : undefined
}

interface SuiteOptions {
  /** Left out: all. */
  readonly parts?: readonly Part[] | undefined
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
  { abreast = false, parts }: SuiteOptions = {},
): void {
  describe(name, () => {
    for (const part of parts ?? (Object.keys(PARTS) as Part[]))
      describe(part, { concurrent: abreast }, () => {
        describe('in turn', { concurrent: false }, () => {
          let current: Ground
          beforeEach(async () => {
            current = new Ground(await open())
          })
          afterEach(() => current[Symbol.asyncDispose]())
          PARTS[part](() => current, capabilities)
        })
      })
  })
}
