import type { Driver } from './contract/driver.ts'
import { consul } from './consul/driver.ts'
import { etcd } from './etcd/driver.ts'
import { eureka } from './eureka/driver.ts'
import { http } from './http/driver.ts'
import { kubernetes } from './kubernetes/driver.ts'
import { local } from './local/driver.ts'
import { nacos } from './nacos/driver.ts'
import { polaris } from './polaris/driver.ts'
import { zookeeper } from './zookeeper/driver.ts'

/** Every kind of registry, a line each. */
export const drivers: readonly Driver[] = [local, etcd, consul, zookeeper, polaris, kubernetes, nacos, eureka, http]

/** The registry of a URL's scheme, or of the port of a bare `host:port`. */
export function driverFor(schemeOrPort: string | number): Driver | undefined {
  return drivers.find((driver) =>
    typeof schemeOrPort === 'number' ? driver.port === schemeOrPort : driver.schemes.includes(schemeOrPort),
  )
}
