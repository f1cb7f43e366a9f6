import { RollcallError } from '../../model/errors.ts'
import type { PolarisInstance } from './instance.ts'

/** Characters, or entries. Source: polarismesh/polaris 1.18, common/utils/common.go and service/utils.go. */
const MOST = { service: 128, namespace: 64, host: 128, protocol: 32, version: 32 } as const
const MOST_METADATA = 64
const MOST_WEIGHT = 65_535
const NAME = /^[0-9A-Za-z-./:_]+$/

/** Refuses, with `usage`, what Polaris would refuse or cut off. */
export function checkLimits(instance: PolarisInstance): void {
  for (const field of ['service', 'namespace'] as const)
    if (!NAME.test(instance[field]))
      throw new RollcallError('usage', `"${instance[field]}" is no ${field} of Polaris`, {
        hint: 'it takes letters and digits of ASCII, and - . / : _',
      })
  for (const [field, most] of Object.entries(MOST)) {
    const text = instance[field as keyof typeof MOST]
    if (text.length > most)
      throw new RollcallError('usage', `the ${field} "${text}" is too long for Polaris, which holds ${most} characters`)
  }
  const entries = Object.keys(instance.metadata).length
  if (entries > MOST_METADATA)
    throw new RollcallError(
      'usage',
      `Polaris holds ${MOST_METADATA} entries of metadata, and these would be ${entries}`,
    )
  const { weight } = instance
  if (!Number.isInteger(weight) || weight < 0 || weight > MOST_WEIGHT)
    throw new RollcallError('usage', `the weight ${weight} is none of Polaris`, { hint: `use 0 to ${MOST_WEIGHT}` })
}
