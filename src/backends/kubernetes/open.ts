import { RollcallError } from '../../model/errors.ts'
import type { Backend, OpenOptions, Target } from '../contract/backend.ts'
import { accessFor } from './access/open.ts'
import { Api } from './api.ts'
import { KubernetesBackend } from './backend.ts'
import type { KubernetesTarget } from './target.ts'

/** Reads who and where from the kubeconfig or the Pod; asks nothing of the server yet. */
export async function openKubernetes(target: Target, options: OpenOptions): Promise<Backend> {
  if (!isOfKubernetes(target)) throw new RollcallError('usage', `${target.display} names no cluster`)
  const access = await accessFor(target)
  const api = new Api(access, { timeout: target.requestTimeout, logger: options.logger })
  const namespace = target.allNamespaces ? undefined : (target.namespace ?? access.namespace)
  options.logger.debug(`kubernetes: ${access.server.href}, ${namespace ? `namespace ${namespace}` : 'all namespaces'}`)
  return new KubernetesBackend({ api, namespace, layout: target.layout }, options)
}

function isOfKubernetes(target: Target): target is KubernetesTarget {
  return 'cluster' in target
}
