import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type SecureContext, createSecureContext } from 'node:tls'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { TlsSettings } from './driver.ts'

/** What a connection over TLS needs, read and checked. */
export interface Tls {
  readonly context: SecureContext
  /** Whom the server's certificate must name, instead of the host. */
  readonly serverName: string | undefined
  readonly verify: boolean
  /** The common name in the client's certificate, which a registry can take for the user. */
  readonly commonName: string | undefined
}

/** Throws `config` for a file that cannot be read or used; `driver` says whose connection it is. */
export async function readTls(driver: string, settings: TlsSettings): Promise<Tls> {
  const [ca, cert, key] = await Promise.all([
    readPem(`${driver}: the authorities`, settings.cacert),
    readPem(`${driver}: the client certificate`, settings.cert),
    readPem(`${driver}: the client certificate's key`, settings.key),
  ])
  try {
    const context = createSecureContext({ ca, cert, key })
    const subject = cert && new X509Certificate(cert).subject
    const commonName = subject ? /^CN=(.*)$/m.exec(subject)?.[1] : undefined
    return { context, serverName: settings.serverName, verify: !settings.insecureSkipVerify, commonName }
  } catch (error) {
    const files = [settings.cacert, settings.cert, settings.key].filter((file) => file !== undefined)
    throw new RollcallError('config', `${driver}: unusable certificates in ${files.join(', ')}: ${messageOf(error)}`, {
      hint: 'they must be PEM files, and the key that of the certificate',
      cause: error,
    })
  }
}

async function readPem(what: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path)
  } catch (error) {
    throw new RollcallError('config', `${what} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
