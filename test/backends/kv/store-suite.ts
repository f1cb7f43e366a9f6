import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../../../src/backends/kv/store.ts'
import { leasing } from './suite/leasing.ts'
import { scanning } from './suite/scanning.ts'
import { stopping } from './suite/stopping.ts'
import { Ground } from './suite/ground.ts'
import { watching } from './suite/watching.ts'
import { writing } from './suite/writing.ts'

/** A store, and a key prefix under which nothing lies yet; `paths`: keys are paths, not any bytes. The suite disposes of the store. */
export type OpenStore = () => Promise<{ store: Store; base: Uint8Array; paths?: boolean }>

/** Every sentence of src/backends/kv/store.ts, held against one kind of store. */
export function storeSuite(name: string, open: OpenStore): void {
  describe(`the store ${name}`, () => {
    let ground: Ground
    const current = () => ground
    beforeEach(async () => {
      ground = new Ground(await open())
    })
    afterEach(() => ground.close())

    describe('scan and count', () => scanning(current))
    describe('write', () => writing(current))
    describe('leases', () => leasing(current))
    describe('watch', () => watching(current))
    describe('stopping', () => stopping(current))
  })
}
