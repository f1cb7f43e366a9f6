import type { Backend, OpenOptions, Target } from '../contract/backend.ts'
import { readTls } from '../contract/tls.ts'
import { Api } from './api.ts'
import { NacosBackend } from './backend.ts'
import { Nodes } from './nodes.ts'
import { scopedOf } from './target.ts'

/** Milliseconds; a list lags a change by up to one second on a server with nothing else to do. */
const PATIENCE = 3_000

/** Connects at the first call. @throws RollcallError `config` for certificates that cannot be used */
export async function openNacos(target: Target, { logger, now }: OpenOptions): Promise<Backend> {
  const tls = target.tls && (await readTls('nacos', target.tls))
  const scoped = scopedOf(target)
  const api = new Api(new Nodes(target, { contextPath: scoped.contextPath, tls, logger, now }))
  const { allNamespaces = false } = target
  return new NacosBackend({ ...scoped, api, allNamespaces, patience: PATIENCE, logger, warnedOf: new Set(), now })
}
