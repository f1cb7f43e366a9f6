import type * as Interface from '../contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Backend, OpenOptions, Target } from '../contract/backend.ts'
import { accessFor } from './access/open.ts'
import { Api } from './api.ts'
import type { KubernetesTarget } from './target.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { CAPABILITIES } from './capabilities.ts'
import { neighbours } from './namespaces.ts'
import { CLEARED, marksOfStatus } from './kratos-labels.ts'
import { isFinished } from './read-pod.ts'
import { podOf, read } from './record.ts'
import { encode, register } from './register.ts'
import { restore } from './restore.ts'
import { scan } from './scan.ts'
import type { View } from './view.ts'
import { watch } from './watch.ts'
import { markEach } from './write.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** A cluster as a registry: Pods that Kratos marked, and what stands behind plain Services. */
export class KubernetesBackend implements Interface.Backend {
  readonly driver = 'kubernetes'
  readonly #view: View
  readonly #now: () => number

  constructor(view: View, { now }: Pick<Interface.OpenOptions, 'now'>) {
    this.#view = view
    this.#now = now
  }

  capabilities(): Capabilities {
    return CAPABILITIES
  }

  scan(scope: Interface.Scope, options?: Interface.ScanOptions): AsyncIterable<Interface.Page> {
    return scan(this.#view, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record)
  }

  encode(instance: InstanceInit, options: Interface.EncodeOptions): RawRecord[] {
    return encode(this.#view, instance, options)
  }

  register(instance: InstanceInit, options: Interface.WriteOptions): Promise<Interface.Registration> {
    return register(this.#view, instance, options)
  }

  /** No Pod is deleted: what Kratos wrote on it is emptied, as Kratos does when it deregisters. */
  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return markEach(this.#view.api, records, () => CLEARED, signal)
  }

  async setStatus(
    records: readonly RawRecord[],
    status: Status,
    { reason, signal }: Stop & { readonly reason?: string } = {},
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    const marksOf = (pod: Parameters<typeof marksOfStatus>[0]) =>
      marksOfStatus(pod, status, { now: this.#now(), reason })
    for await (const outcome of markEach(this.#view.api, records, marksOf, signal)) outcomes.push(outcome)
    return outcomes
  }

  restore(records: readonly Interface.RestoreRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return restore(this.#view.api, records, signal)
  }

  watch(scope: Interface.Scope, options: Interface.WatchOptions): AsyncIterable<Interface.WatchMessage> {
    return watch(this.#view, scope, options)
  }

  clock(): number | undefined {
    return this.#view.api.serverTime
  }

  dead({ records }: InstanceEntry): string | undefined {
    const finished = records.map(podOf).find((pod) => pod !== undefined && isFinished(pod))
    return finished && `the Pod has finished (${finished.status.phase})`
  }

  aftermath(record: RawRecord): Interface.Aftermath {
    const pod = podOf(record)
    if (!pod) return { comesBack: true, note: 'Kubernetes writes it from a Service and its Pods: it cannot be removed' }
    if (isFinished(pod)) return { comesBack: false, note: 'the Pod itself stays' }
    return {
      comesBack: false,
      note: 'the Pod stays; its process does not notice, and registers again when it restarts',
    }
  }

  neighbours({ signal }: Stop = {}): Promise<Interface.Neighbour[]> {
    return neighbours(this.#view, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#view.api[Symbol.dispose]()
    return Promise.resolve()
  }
}

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
