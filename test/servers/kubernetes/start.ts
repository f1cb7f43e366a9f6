import { serverOf } from '../with-server.ts'
import { type KubernetesOptions, KubernetesServer } from './server.ts'

export type { KubernetesServer, User } from './server.ts'

/** A Kubernetes of the test's own. */
export function startKubernetes(options?: KubernetesOptions): Promise<KubernetesServer> {
  return KubernetesServer.start(serverOf('kubernetes').programs ?? {}, options)
}
