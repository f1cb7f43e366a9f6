import { RollcallError } from '../../model/errors.ts'
import type { Target } from '../contract/driver.ts'
import { contextNamed } from './access/context.ts'
import { readKubeconfig } from './access/kubeconfig.ts'
import { isInPod, namespaceOfPod } from './access/open.ts'
import { type KubernetesTarget, clusterIn, displayOf } from './target.ts'

/**
 * The target with the context that is current now, and the namespace that it means, both in what people see of it: a plan, a backup and a
 * question say which cluster they are about, and are not taken for those of another after `kubectl config use-context`. Where a
 * kubeconfig cannot be read it stays as it is; opening it says why.
 */
export async function settle(target: Target): Promise<Target> {
  const { cluster, allNamespaces, ...rest } = clusterIn(target)
  if (isInPod(cluster)) {
    const namespace = rest.namespace ?? (await namespaceOfPod())
    return { ...target, display: `${displayOf('', namespace, allNamespaces)} (the cluster of this Pod)` }
  }
  try {
    const found = contextNamed(await readKubeconfig(cluster.kubeconfig), cluster.context)
    const display = displayOf(found.name, rest.namespace ?? found.namespace, allNamespaces)
    const settled: KubernetesTarget = { ...clusterIn(target), display, cluster: { ...cluster, context: found.name } }
    return settled
  } catch (error) {
    if (error instanceof RollcallError) return target
    throw error
  }
}
