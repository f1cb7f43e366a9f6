import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type DetailedPeerCertificate, connect } from 'node:tls'
import type { Diagnosis } from '../../model/diagnosis.ts'
import { messageOf } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import { type DiagnoseContext, type Diagnoses, diagnosesOf, tried } from './diagnose.ts'
import { connectionError } from './socket-error.ts'
import type { Tls } from './tls.ts'

const DAY = 86_400_000
/** Days below which it is time to renew a certificate, and below which it is late. */
const SOON = 30
const LATE = 7

/** How a server is reached over TLS. */
export type CertificatePlace = Pick<Tls, 'context' | 'serverName'> & { readonly host: string; readonly port: number }

/** How long the certificate of a server is valid, whatever else it is worth. Its authority's counts where that ends sooner. */
export async function certificateOf(
  context: DiagnoseContext,
  about: Diagnoses,
  place: CertificatePlace,
): Promise<readonly Diagnosis[]> {
  return await tried(context, about, 'tls', async (signal) => {
    try {
      const [leaf, ...issuers] = await chainOf(place, signal)
      if (!leaf) return about.unknown('tls', 'the server shows no certificate')
      const first = [leaf, ...issuers].reduce((one, other) => (endOf(other) < endOf(one) ? other : one))
      const whose = first === leaf ? 'its certificate' : `the certificate of its authority ${nameOf(first)}`
      return validity(about, { check: 'tls', whose, end: endOf(first), now: context.now() })
    } catch (error) {
      signal.throwIfAborted()
      return about.unknown(
        'tls',
        `its certificate cannot be read: ${error instanceof Error ? connectionError(error) : String(error)}`,
      )
    }
  })
}

/** How long the client's own certificate is valid, where there is one. `cert`: as PEM. */
export function clientCertificate(
  { now }: Pick<DiagnoseContext, 'now'>,
  subject: string,
  cert: string | Buffer | undefined,
): readonly Diagnosis[] {
  if (cert === undefined) return []
  const about = diagnosesOf(subject)
  const whose = 'the client certificate'
  let end: number
  try {
    end = Date.parse(new X509Certificate(cert).validTo)
  } catch (error) {
    return [about.error('client-certificate', `${whose} is unusable: ${messageOf(error)}`, 'it must be PEM')]
  }
  return [validity(about, { check: 'client-certificate', whose, end, now: now() })]
}

/** The same of the certificate that the settings name. */
export async function ownCertificate(context: DiagnoseContext): Promise<readonly Diagnosis[]> {
  const path = context.target.tls?.cert
  return path === undefined ? [] : clientCertificate(context, path, await readFile(path))
}

interface Validity {
  readonly check: 'tls' | 'client-certificate'
  readonly whose: string
  /** Milliseconds since 1970. */
  readonly end: number
  readonly now: number
}

/** Pure. */
export function validity({ ok, warning, error }: Diagnoses, { check, whose, end, now }: Validity): Diagnosis {
  const days = Math.floor((end - now) / DAY)
  const until = new Date(end).toISOString().slice(0, 10)
  const measure = { value: days, unit: 'days' } as const
  const fix =
    check === 'tls'
      ? 'renew the certificate of the server'
      : `renew it, and name the new one with ${option('tls.cert')} and ${option('tls.key')}`
  if (end <= now) return error(check, `${whose} was valid until ${until}`, fix, measure)
  const fact = `${whose} is valid until ${until}, ${days === 1 ? '1 day' : `${days} days`} more`
  if (days < LATE) return error(check, fact, fix, measure)
  return days < SOON ? warning(check, fact, fix, measure) : ok(check, fact, measure)
}

/** The certificates that lead from the server's to its authority's, as far as they are known. */
function chainOf({ host, port, context, serverName }: CertificatePlace, signal: AbortSignal) {
  return new Promise<DetailedPeerCertificate[]>((resolve, reject) => {
    const name = serverName ?? host
    const socket = connect({
      host,
      port,
      secureContext: context,
      // Nothing is sent over this connection: an untrusted or expired certificate is to be looked at, too.
      rejectUnauthorized: false,
      servername: isIP(name) === 0 ? name : '',
    })
    const stop = (): void => void socket.destroy(new Error('stopped'))
    signal.addEventListener('abort', stop, { once: true })
    socket.once('secureConnect', () => {
      resolve(chainFrom(socket.getPeerCertificate(true)))
      socket.destroy()
    })
    socket.on('error', reject)
    socket.once('close', () => {
      signal.removeEventListener('abort', stop)
      reject(new Error('the server closed the connection'))
    })
  })
}

function chainFrom(leaf: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = []
  for (let at: DetailedPeerCertificate | undefined = leaf; at?.valid_to; at = at.issuerCertificate) {
    if (chain.some(({ fingerprint256 }) => fingerprint256 === at?.fingerprint256)) break
    chain.push(at)
  }
  return chain
}

function endOf({ valid_to: end }: DetailedPeerCertificate): number {
  return Date.parse(end)
}

function nameOf({ subject }: DetailedPeerCertificate): string {
  return [subject.CN].flat()[0] ?? 'without a name'
}
