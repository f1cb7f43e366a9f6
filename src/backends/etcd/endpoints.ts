import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Target } from '../contract/driver.ts'

/** The endpoints of a target (`host:port`) and whether they use TLS, from SRV records where its URL names a domain. Throws `unreachable` without any. */
export async function endpointsOf({
  url,
  endpoints,
  secure,
  tls,
}: Target): Promise<{ endpoints: readonly string[]; secure: boolean }> {
  const [domain] = endpoints
  if (url.scheme !== 'etcd+srv' || domain === undefined) return { endpoints, secure }
  return lookUpEndpoints(domain, tls?.cacert !== undefined || tls?.cert !== undefined)
}

const SECURE = '_etcd-client-ssl._tcp'
const PLAIN = '_etcd-client._tcp'

/**
 * The endpoints (`host:port`) in the SRV records of a domain, by priority and weight, and whether they use TLS. Records
 * for TLS are preferred; with `secure` only they count. Throws `unreachable` when there are none.
 */
export async function lookUpEndpoints(
  domain: string,
  secure: boolean,
): Promise<{ endpoints: string[]; secure: boolean }> {
  const { default: dns } = await import('node:dns/promises') // few lists need it, and all would load it
  const failures: unknown[] = []
  for (const service of secure ? [SECURE] : [SECURE, PLAIN]) {
    try {
      const records = await dns.resolveSrv(`${service}.${domain}`)
      const sorted = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
      return { endpoints: sorted.map(({ name, port }) => `${name}:${port}`), secure: service === SECURE }
    } catch (error) {
      failures.push(error)
    }
  }
  throw new RollcallError(
    'unreachable',
    `etcd: found no endpoints for ${domain}: ${failures.map(messageOf).join('; ')}`,
    {
      hint: `rollcall looks them up in the SRV records ${SECURE}.${domain}${secure ? '' : ` and ${PLAIN}.${domain}`}`,
      cause: failures.at(-1),
    },
  )
}
