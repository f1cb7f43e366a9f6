import type { Api } from '../api.ts'
import type { Description } from '../wire.ts'
import { LAYOUTS } from '../../../model/observed.ts'
import { CAPABILITIES } from '../driver.ts'
import { isTree } from '../protocol.ts'

/** What this backend cannot do, whatever the registry behind the server can. */
const NEVER = { lease: false, rawKeys: false, restore: false, namespaces: false } as const

/** Undefined for what is no description. What the server does not tell, its registry cannot. */
export function descriptionIn(data: unknown): Description | undefined {
  if (!isTree(data) || !isTree(data['capabilities'])) return undefined
  const { driver, capabilities: told, layout, prefix, offlineLimit } = data
  const able = Object.keys(CAPABILITIES).map((name) => [name, told[name] === true])
  const known = LAYOUTS.find((each) => each === layout)
  return {
    driver: String(driver),
    capabilities: { ...CAPABILITIES, ...Object.fromEntries(able), ...NEVER },
    ...(known && typeof prefix === 'string' && { layout: known, prefix }),
    ...(typeof offlineLimit === 'string' && { offlineLimit }),
  }
}

/** An opened `rollcall serve`. */
export interface Served {
  readonly api: Api
  readonly description: Description
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds. */
  readonly aioTtl: number
}
