import type { Capabilities } from '../../../model/capabilities.ts'
import { LAYOUTS } from '../../../model/observed.ts'
import type { HttpApi } from '../api.ts'
import { isJsonObject } from '../protocol.ts'
import type { Description } from '../wire.ts'

/** An opened `rollcall serve`. */
export interface Served {
  readonly api: HttpApi
  readonly description: Description
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds without a renewal after which an AIO record has expired. */
  readonly aioTtl: number
}

/** What a `rollcall serve` over a key-value store supports. */
export const CAPABILITIES: Capabilities = {
  ttl: false,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: true,
  history: true,
  revision: true,
  rawKeys: false,
  guarded: true,
  offline: true,
  restore: false,
  namespaces: false,
  tags: false,
}

/** What does not work over HTTP, even where the registry behind the server supports it. */
const NEVER = { lease: false, rawKeys: false, restore: false, namespaces: false } as const

/**
 * The description of the registry behind a server, from the data of its answer; undefined where that is something else.
 * A capability that the server does not report counts as missing.
 */
export function descriptionIn(data: unknown): Description | undefined {
  if (!isJsonObject(data) || !isJsonObject(data['capabilities'])) return undefined
  const { driver, capabilities: reported, layout, prefix, offlineLimit, version, role, services } = data
  const able = Object.keys(CAPABILITIES).map((name) => [name, reported[name] === true])
  const known = LAYOUTS.find((each) => each === layout)
  return {
    driver: String(driver),
    capabilities: { ...CAPABILITIES, ...Object.fromEntries(able), ...NEVER },
    ...(known && typeof prefix === 'string' && { layout: known, prefix }),
    ...(typeof offlineLimit === 'string' && { offlineLimit }),
    ...(typeof version === 'string' && { version }),
    ...(typeof role === 'string' && { role }),
    ...(Array.isArray(services) && { services: services.map(String) }),
  }
}
