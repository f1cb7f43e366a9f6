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
export async function settle(target: Target): Promise<KubernetesTarget> {
  const known = clusterIn(target)
  const { cluster, allNamespaces, namespace } = known
  if (isInPod(cluster)) {
    const display = displayOf('', namespace ?? (await namespaceOfPod()), allNamespaces)
    return { ...known, display: `${display} (the cluster of this Pod)` }
  }
  try {
    const found = contextNamed(await readKubeconfig(cluster.kubeconfig), cluster.context)
    const display = displayOf(found.name, namespace ?? found.namespace, allNamespaces)
    return { ...known, display, cluster: { ...cluster, context: found.name } }
  } catch (error) {
    if (error instanceof RollcallError) return known
    throw error
  }
}
