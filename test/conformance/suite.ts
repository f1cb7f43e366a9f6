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

/**
 * Every sentence of src/backends/backend.ts, held against one kind of registry in one layout, as far as its
 * capabilities go. `open` gives an empty registry for each test.
 */
export function conformance(name: string, capabilities: Capabilities, open: () => Promise<Registry>): void {
  describe(name, () => {
    let current: Ground
    const ground = () => current
    beforeEach(async () => {
      current = new Ground(await open())
    })
    afterEach(() => current[Symbol.asyncDispose]())

    describe('scan', () => scanning(ground, capabilities))
    describe('read and encode', () => reading(ground, capabilities))
    describe('register', () => registering(ground, capabilities))
    describe('several processes', () => sharing(ground, capabilities))
    describe('expiry', () => expiring(ground, capabilities))
    describe('remove', () => removing(ground, capabilities))
    describe('renew', () => renewing(ground, capabilities))
    describe('setStatus', () => statuses(ground, capabilities))
    describe('restore', () => restoring(ground, capabilities))
    describe('watch', () => watching(ground, capabilities))
  })
}
