import { expect, it } from 'vitest'
import type { Backend } from '../../src/backends/contract/backend.ts'
import { ConsulBackend } from '../../src/backends/consul/backend.ts'
import { KvBackend, SessionKvBackend } from '../../src/backends/kv/adapter.ts'
import { ServedBackend } from '../../src/backends/http/served/backend.ts'
import { drivers, driverFor } from '../../src/backends/index.ts'
import { KubernetesBackend } from '../../src/backends/kubernetes/backend.ts'
import { NacosBackend } from '../../src/backends/nacos/backend.ts'
import { PolarisBackend } from '../../src/backends/polaris/backend.ts'
import type { Capabilities } from '../../src/model/capabilities.ts'

/** The optional methods, and the capability that each stands for. */
const METHODS: readonly (readonly [keyof Backend, keyof Capabilities])[] = [
  ['renew', 'renew'],
  ['renewLease', 'lease'],
  ['setStatus', 'offline'],
  ['campaign', 'monitor'],
  ['restore', 'restore'],
  ['watch', 'watch'],
]

/** Those with records of their own, or whose leases are sessions; what the others store is keys and values. */
const OWN: Readonly<Record<string, object>> = {
  consul: ConsulBackend.prototype,
  zookeeper: SessionKvBackend.prototype,
  polaris: PolarisBackend.prototype,
  nacos: NacosBackend.prototype,
  kubernetes: KubernetesBackend.prototype,
  http: ServedBackend.prototype,
}

for (const driver of drivers) {
  it.each(METHODS)(`${driver.name} has %s if and only if some layout can (%s)`, (method, capability) => {
    const some = (['auto', ...driver.layouts] as const).some((layout) => driver.capabilities(layout)[capability])
    expect(method in (OWN[driver.name] ?? KvBackend.prototype)).toBe(some)
  })

  it(`${driver.name} is found by each of its schemes and by its port`, () => {
    for (const scheme of driver.schemes) expect(driverFor(scheme)).toBe(driver)
    if (driver.port) expect(driverFor(driver.port)).toBe(driver)
    expect(driverFor('gopher')).toBeUndefined()
    expect(driverFor(70)).toBeUndefined()
  })
}
