import type { Backend, OpenOptions, Target } from '../contract/backend.ts'
import { readTls } from '../contract/tls.ts'
import { PolarisApi } from './api.ts'
import { PolarisBackend } from './backend.ts'

/** Connects with the first request. */
export async function openPolaris(target: Target, { logger, now }: OpenOptions): Promise<Backend> {
  const tls = target.secure ? await readTls('polaris', target.tls ?? {}) : undefined
  const { allNamespaces, namespace = '', layout } = target
  const api = new PolarisApi(target, tls, logger)
  return new PolarisBackend({ api, namespace: allNamespaces ? '' : namespace, layout, now, logger })
}
