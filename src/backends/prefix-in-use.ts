import { layouts } from '../layouts/index.ts'
import type { Target } from './contract/driver.ts'
import { driverFor } from './index.ts'

/** The prefixes in use, also the default ones; undefined for a registry without prefixes. */
export function prefixInUse({ prefix, layout, url }: Target): string | undefined {
  if (prefix === '') return 'the whole store'
  if (prefix !== undefined) return `prefix ${prefix}`
  if (!driverFor(url.scheme)?.parameters.includes('prefix')) return undefined
  if (layout === 'auto') return 'default prefixes'
  const { defaultPrefix } = layouts[layout]
  return defaultPrefix === '' ? 'the whole store' : `prefix ${defaultPrefix}`
}
