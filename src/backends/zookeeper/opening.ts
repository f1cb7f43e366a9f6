import type { Target } from '../contract/driver.ts'
import { readTls } from '../contract/tls.ts'
import type { SessionLogin } from './client/index.ts'
import type { EnsembleOptions } from './ensemble.ts'
import { chrootOf, loginBySasl } from './target.ts'

/** How an ensemble is reached, and as whom. Reads certificates. @throws RollcallError `config` */
export async function ensembleOptions(target: Target): Promise<EnsembleOptions> {
  const { endpoints, secure, user, password, requestTimeout: patience, url } = target
  const tls = secure ? await readTls('zookeeper', target.tls ?? {}) : undefined
  const how: SessionLogin['how'] = loginBySasl(url) ? 'sasl' : 'digest'
  return {
    endpoints,
    chroot: chrootOf(url),
    patience,
    user: user ?? tls?.commonName,
    tls: tls && { secureContext: tls.context, serverName: tls.serverName, verify: tls.verify },
    login: user !== undefined && password !== undefined ? { how, user, password } : undefined,
  }
}
