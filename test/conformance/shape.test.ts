import { expect, it } from 'vitest'
import type { Backend } from '../../src/backends/backend.ts'
import { KvBackend } from '../../src/backends/kv/adapter.ts'
import { drivers, driverFor } from '../../src/backends/index.ts'
import type { Capabilities } from '../../src/model/capabilities.ts'

/** The optional methods, and the capability that each stands for. */
const METHODS: readonly (readonly [keyof Backend, keyof Capabilities])[] = [
  ['renew', 'renew'],
  ['renewLease', 'lease'],
  ['setStatus', 'offline'],
  ['restore', 'restore'],
  ['watch', 'watch'],
]

for (const driver of drivers) {
  it.each(METHODS)(`${driver.name} has %s if and only if some layout can (%s)`, (method, capability) => {
    const some = (['auto', ...driver.layouts] as const).some((layout) => driver.capabilities(layout)[capability])
    expect(method in KvBackend.prototype).toBe(some)
  })

  it(`${driver.name} is found by each of its schemes and by its port`, () => {
    for (const scheme of driver.schemes) expect(driverFor(scheme)).toBe(driver)
    if (driver.port) expect(driverFor(driver.port)).toBe(driver)
    expect(driverFor('gopher')).toBeUndefined()
    expect(driverFor(70)).toBeUndefined()
  })
}
