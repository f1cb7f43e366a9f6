import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Authority, type CertificateFiles } from '../certificates.ts'

/** A server's certificate, the authority behind it, and a client's. */
export interface ZooKeeperTls {
  readonly authority: Authority
  readonly client: CertificateFiles
  /** The server's key and certificate in one file. */
  readonly keyStore: string
}

export async function certificates(): Promise<ZooKeeperTls> {
  const authority = await Authority.create()
  const [server, client] = [await authority.issue('zookeeper'), await authority.issue('client')]
  const keyStore = join(authority.folder, 'server.pem')
  const parts = await Promise.all([server.key, server.cert].map((file) => readFile(file, 'utf8')))
  await writeFile(keyStore, parts.join(''))
  return { authority, client, keyStore }
}

/** What zoo.cfg says to serve TLS on a port. */
export function tlsLines({ authority, keyStore }: ZooKeeperTls, port: number, clientAuth = 'need'): string[] {
  return [
    `secureClientPort=${port}`,
    'secureClientPortAddress=127.0.0.1',
    'serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory',
    `ssl.keyStore.location=${keyStore}`,
    'ssl.keyStore.type=PEM',
    `ssl.trustStore.location=${authority.cacert}`,
    'ssl.trustStore.type=PEM',
    `ssl.clientAuth=${clientAuth}`,
    'authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider',
  ]
}
