import { WEIGHTED } from './weighted.ts'

/** Of all instances a call is tried at, as of `Balancer.call`. */
const TRIES = 3

/**
 * How a channel balances and retries. `idempotent`: services and methods (`package.Service/Method`) of which a call is tried
 * again when an instance is unavailable.
 */
export function serviceConfigOf(idempotent: readonly string[]) {
  const name = idempotent.map((text) => {
    const [service = '', method] = text.split('/')
    return method === undefined ? { service } : { service, method }
  })
  const retryPolicy = {
    maxAttempts: TRIES,
    initialBackoff: '0.02s',
    maxBackoff: '1s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  }
  return {
    loadBalancingConfig: [{ [WEIGHTED]: {} }],
    methodConfig: name.length > 0 ? [{ name, retryPolicy }] : [],
  }
}
