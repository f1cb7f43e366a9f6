import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Backend } from '../../src/backends/contract/backend.ts'
import type { Driver } from '../../src/backends/contract/driver.ts'
import { KvBackend, SessionKvBackend } from '../../src/backends/kv/adapter.ts'
import { ServedBackend } from '../../src/backends/http/served/backend.ts'
import { drivers, driverFor } from '../../src/backends/index.ts'
import type { Capabilities } from '../../src/model/capabilities.ts'
import { silent } from '../../src/model/logger.ts'
import { parseRegistryUrl } from '../../src/model/registry-url.ts'
import { kubeconfigOf } from '../backends/kubernetes/ground.ts'

/** The optional methods, and the capability that each stands for. */
const METHODS: readonly (readonly [keyof Backend, keyof Capabilities])[] = [
  ['renew', 'renew'],
  ['renewLease', 'lease'],
  ['setStatus', 'offline'],
  ['electLeader', 'monitor'],
  ['restore', 'restore'],
  ['watch', 'watch'],
]

/** Those with records of their own, or whose leases are sessions; what the others store is keys and values. */
const OWN: Readonly<Record<string, object>> = {
  zookeeper: SessionKvBackend.prototype,
  http: ServedBackend.prototype,
}

/** Those on the catalogue adapter have the methods that their capabilities say, once they are opened; none is connected to. */
const OPENED: Readonly<Record<string, string>> = {
  consul: 'consul://127.0.0.1:1',
  nacos: 'nacos://127.0.0.1:1',
  polaris: 'polaris://127.0.0.1:1',
  eureka: 'eureka://127.0.0.1:1',
  kubernetes: 'k8s:',
}

let folder: string
let kubeconfig: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-shape-'))
  kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, kubeconfigOf({ url: 'https://127.0.0.1:1', cacert: '' }, [{ name: 'a', user: {} }]))
})
afterAll(() => rm(folder, { recursive: true }))

async function shapeOf(driver: Driver): Promise<object> {
  const url = OPENED[driver.name]
  if (url === undefined) return OWN[driver.name] ?? KvBackend.prototype
  const target = driver.parse(
    parseRegistryUrl(url),
    { requestTimeout: 1_000, aioTtl: 30_000 },
    { KUBECONFIG: kubeconfig },
  )
  await using backend = await driver.open(target, {
    signal: new AbortController().signal,
    logger: silent,
    now: Date.now,
  })
  return backend
}

for (const driver of drivers) {
  it.each(METHODS)(`${driver.name} has %s if and only if some layout can (%s)`, async (method, capability) => {
    const some = (['auto', ...driver.layouts] as const).some((layout) => driver.capabilities(layout)[capability])
    expect(method in (await shapeOf(driver))).toBe(some)
  })

  it(`${driver.name} is found by each of its schemes and by its port`, () => {
    for (const scheme of driver.schemes) expect(driverFor(scheme)).toBe(driver)
    if (driver.port) expect(driverFor(driver.port)).toBe(driver)
    expect(driverFor('gopher')).toBeUndefined()
    expect(driverFor(70)).toBeUndefined()
  })
}
