import type { Driver, Target } from '../../src/backends/contract/driver.ts'
import { isFramework, layouts } from '../../src/layouts/index.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { parseRegistryUrl } from '../../src/model/registry-url.ts'
import type { Registry } from './ground.ts'
import { PATIENT } from '../patience.ts'

export interface KvPlace {
  readonly driver: Driver
  readonly url: string
  readonly layout: LayoutName | 'auto'
  readonly forget?: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A key-value store as the suite wants it, in a layout. */
export function kvRegistry(place: KvPlace): Registry {
  const { driver, url, layout } = place
  const { defaultPrefix } = layouts[layout === 'auto' ? 'kratos' : layout]
  // A layout without a prefix of its own is read in the whole store, in which services lie in no order.
  const prefix = defaultPrefix || '/own'
  const target = targetOf(driver, url, layout, defaultPrefix === '' ? prefix : undefined)
  return {
    open: (options) => driver.open(target, options),
    diagnose: (options) => driver.diagnose(target, options),
    named: () => ({ url: `${url}?layout=${layout}${defaultPrefix === '' ? `&prefix=${prefix}` : ''}` }),
    ...(driver.capabilities(layout).session && { options: { keepAlive: true } }),
    instance: (service, id, port) => instanceOf(layout, service, id, port),
    withStatus: (service, id, port) => ({ instance: instanceOf('aio', service, id, port), layout: 'aio' }),
    ...(isFramework(layouts[layout === 'auto' ? 'kratos' : layout]) && { judgesNothing: true }),
    malformed: (service, id) => ({
      id: `${prefix}/${service}/${id}`,
      service,
      body: Buffer.from([0xff, 0xfe, 0x00]),
      ttlGranted: null,
    }),
    forget: place.forget,
    [Symbol.asyncDispose]: place.close,
  }
}

export function targetOf(driver: Driver, url: string, layout: LayoutName | 'auto', prefix?: string): Target {
  return driver.parse(parseRegistryUrl(url), { layout, prefix, ...PATIENT }, {})
}

/** As much as the layout holds. */
function instanceOf(layout: LayoutName | 'auto', name: string, id: string, port: number): InstanceInit {
  const one = `10.0.0.1:${port}`
  if (layout === 'plain') return { id, name, endpoints: [one] }
  const metadata = { zone: 'a', text: '<&>"é' }
  if (layout === 'kitex') return { id, name, metadata, endpoints: [`tcp://${one}`] }
  if (layout === 'grpc-naming') return { id, name, metadata, endpoints: [`grpc://${one}`] }
  if (layout === 'curator') return { id, name, metadata, endpoints: [`http://${one}`] }
  const said = { id, name, version: 'v1.0.0', metadata }
  if (layout === 'aio')
    return { ...said, metadata: { ...said.metadata, version: said.version }, endpoints: [`http://${one}`] }
  return { ...said, endpoints: [`grpc://${one}`, `http://10.0.0.1:${port + 1}`] }
}
