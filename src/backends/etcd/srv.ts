import dns from 'node:dns/promises'
import { RollcallError, messageOf } from '../../model/errors.ts'

const SECURE = '_etcd-client-ssl._tcp'
const PLAIN = '_etcd-client._tcp'

/**
 * The endpoints that a domain's SRV records name, by priority and weight. Records for TLS win; `secure`: no others will do.
 * Throws `unreachable` where there are none.
 */
export async function lookUpEndpoints(
  domain: string,
  secure: boolean,
): Promise<{ endpoints: string[]; secure: boolean }> {
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
    `etcd: no endpoints of ${domain} are known: ${failures.map(messageOf).join('; ')}`,
    {
      hint: `they are looked up in the SRV records ${SECURE}.${domain}${secure ? '' : ` and ${PLAIN}.${domain}`}`,
      cause: failures.at(-1),
    },
  )
}
