import type { Environment, Settings, Target } from '../src/backends/contract/driver.ts'
import { targetFrom } from '../src/config/target.ts'

/**
 * How long the product waits in tests, in milliseconds: a loaded machine is slow, and no test may bet on its speed. A test of a
 * silence, or of an instance that nobody renews, asks for less by itself.
 */
export const PATIENT = { requestTimeout: 30_000, aioTtl: 3_600_000 } as const

/** For command lines; those that tell the living from the dead have the TTL that users have. */
export const PATIENT_ENV = { ROLLCALL_REQUEST_TIMEOUT: '30s' } as const

/** The target of a URL, with these settings and otherwise patient. */
export function patientTarget(url: string, settings: Partial<Settings> = {}, environment: Environment = {}): Target {
  return targetFrom(url, { ...PATIENT, ...settings }, environment)
}
