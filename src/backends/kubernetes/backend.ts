import { RollcallError } from '../../model/errors.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { Logger } from '../../model/logger.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { CatalogueBackend } from '../catalogue/backend.ts'
import type {
  Catalogue,
  Life,
  Occupants,
  OccupantsOptions,
  PutOptions,
  StatusOptions,
  Stop,
} from '../catalogue/catalogue.ts'
import type { Alternative } from '../contract/alternative.ts'
import type * as Contract from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { accessFor } from './access/open.ts'
import { KubernetesApi } from './api.ts'
import { encode, refuseLostEndpoints, saysTheSame } from './encode.ts'
import { hasMark, isMarkedLike, markOf, patchTo, statusPatch } from './kratos-labels.ts'
import { alternatives } from './namespaces.ts'
import { isFinished } from './read-pod.ts'
import { type KubernetesRecord, type PodRecord, isPod, ownRecord, podOf, read } from './record.ts'
import { clearPod, getPod, markPod, patchAsSeen, patchPod, restorePod } from './requests.ts'
import { readSnapshot, scan } from './scan.ts'
import type { ClusterView } from './selection.ts'
import { clusterIn } from './target.ts'
import { watch } from './watch.ts'

/** Milliseconds between two looks at whether the Pod is still marked. */
const LOOK_EVERY = 30_000

/** Reads who and where from the kubeconfig or the Pod, and sends nothing to the API server yet. */
export async function openKubernetes(
  target: Target,
  { logger, now }: OpenOptions,
  capabilities: Capabilities,
): Promise<Contract.Backend> {
  const access = await accessFor(clusterIn(target))
  const api = new KubernetesApi(access, { timeout: target.requestTimeout, logger })
  const namespace = target.allNamespaces ? undefined : (target.namespace ?? access.namespace)
  logger.debug(`kubernetes: ${access.server.href}, ${namespace ? `namespace ${namespace}` : 'all namespaces'}`)
  const view: ClusterView = { api, namespace, layout: target.layout }
  return new CatalogueBackend(new KubernetesCatalogue(view, { capabilities, logger, now }))
}

/** A cluster as a registry: Pods that Kratos marked, and the endpoints of plain Services. It owns the connections. */
class KubernetesCatalogue implements Catalogue<KubernetesRecord> {
  readonly driver = 'kubernetes'
  readonly title = 'Kubernetes'
  readonly capabilities: Capabilities
  readonly atOnce = 16
  readonly batch = 256
  readonly statuses: readonly Status[] = ['up', 'down']
  readonly logger: Logger
  readonly now: () => number
  readonly #view: ClusterView

  constructor(view: ClusterView, facts: Pick<Catalogue, 'capabilities' | 'logger' | 'now'>) {
    this.#view = view
    this.capabilities = facts.capabilities
    this.logger = facts.logger
    this.now = facts.now
  }

  scan(scope: Contract.Scope, options?: Contract.ScanOptions): AsyncIterable<Contract.Page> {
    return scan(this.#view, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record)
  }

  encode(instance: InstanceInit, options: Contract.WriteOptions): PodRecord[] {
    return [encode(this.#view.namespace, instance, options)]
  }

  own(record: RawRecord): KubernetesRecord | undefined {
    return ownRecord(record)
  }

  compare(wanted: KubernetesRecord, there: KubernetesRecord): 'equal' | 'other' {
    return isPod(wanted) && isPod(there) && saysTheSame(there.body, wanted.body) ? 'equal' : 'other'
  }

  /** A Pod that has finished never runs again. */
  isLive(record: KubernetesRecord): boolean {
    return !isPod(record) || !isFinished(record.body)
  }

  /** Also out of traffic, and whatever its node wrote of it. */
  isOurs(written: KubernetesRecord, there: KubernetesRecord): boolean {
    return isPod(written) && isPod(there) && isMarkedLike(there.body, written.body)
  }

  life(): Life {
    return { beatEvery: LOOK_EVERY }
  }

  /** The marked Pods. One of the same name that has another uid is another Pod. */
  async current(records: readonly KubernetesRecord[], signal?: AbortSignal): Promise<Map<string, KubernetesRecord>> {
    const found = new Map<string, KubernetesRecord>()
    const pods = records.filter(isPod)
    for (let at = 0; at < pods.length; at += this.atOnce) {
      const asked = pods.slice(at, at + this.atOnce)
      const there = await Promise.all(asked.map(({ body }) => getPod(this.#view.api, body.metadata, signal)))
      for (const [index, now] of there.entries()) {
        const uid = asked[index]?.body.metadata.uid
        if (now && hasMark(now.body) && (!uid || uid === now.body.metadata.uid)) found.set(now.id, now)
      }
    }
    return found
  }

  /** The instance that the Pod is already, and other Pods that live under the same name and id. */
  async occupants(
    [wanted]: readonly KubernetesRecord[],
    { instance, signal }: OccupantsOptions,
  ): Promise<Occupants<KubernetesRecord>> {
    if (!wanted || !isPod(wanted)) return { own: [], rivals: [] }
    const { namespace, name } = wanted.body.metadata
    const there = await getPod(this.#view.api, { namespace, name }, signal)
    if (!there) throw this.#noSuchPod(`${namespace}/${name}`)
    refuseLostEndpoints(there.body, wanted.body, instance.endpoints ?? [])
    const pods = { ...this.#view, namespace, layout: 'kratos' } as const
    const { index } = await readSnapshot(pods, { services: [instance.name] }, { signal })
    const rivals = index.records().flatMap((record) => {
      const pod = ownRecord(record)
      if (!pod || !isPod(pod) || pod.id === wanted.id || isFinished(pod.body)) return []
      const { service, id } = markOf(pod.body)
      return service === instance.name && id === instance.id ? [pod] : []
    })
    return { own: [markOf(there.body).service === '' ? undefined : there], rivals }
  }

  #noSuchPod(pod: string): RollcallError {
    return new RollcallError('not-found', `kubernetes: ${this.#view.api.server.url.host} has no Pod ${pod}`, {
      hint: 'an instance is a Pod that is there already; kubectl get pods lists them',
    })
  }

  async put(
    record: KubernetesRecord,
    { expect, restored, signal }: PutOptions<KubernetesRecord>,
  ): Promise<KubernetesRecord | 'changed'> {
    const { api } = this.#view
    const wanted = marked(record)
    if (restored) return await restorePod(api, wanted, signal)
    if (!expect) return await markPod(api, wanted, signal)
    const done = await patchPod(api, marked(expect), patchTo(wanted.body), signal)
    return done === 'absent' ? 'changed' : done
  }

  async delete(record: KubernetesRecord, { signal }: Stop): Promise<'done' | 'absent' | 'changed'> {
    return await clearPod(this.#view.api, marked(record), signal)
  }

  async setStatus(
    record: KubernetesRecord,
    { status, reason, signal }: StatusOptions,
  ): Promise<'done' | 'absent' | 'changed'> {
    const pod = marked(record)
    const { service } = markOf(pod.body)
    if (service === '')
      throw new RollcallError('unsupported', `the Pod ${pod.body.metadata.name} is not an instance of a service`)
    const patch = statusPatch(service, status === 'up' ? 'up' : 'down', { now: this.now(), reason })
    const done = await patchAsSeen(this.#view.api, pod, patch, signal)
    return typeof done === 'string' ? done : 'done'
  }

  watch(scope: Contract.Scope, options: Contract.WatchOptions): AsyncIterable<Contract.WatchMessage> {
    return watch(this.#view, scope, options)
  }

  clock(): number | undefined {
    return this.#view.api.serverTime
  }

  whyDead({ records }: InstanceEntry): string | undefined {
    const finished = records.map(podOf).find((pod) => pod !== undefined && isFinished(pod))
    return finished && `the Pod has finished (${finished.status.phase})`
  }

  removalEffect(record: RawRecord): Contract.RemovalEffect {
    const pod = podOf(record)
    if (!pod) return { comesBack: true, note: 'Kubernetes writes it from a Service and its Pods: it cannot be removed' }
    if (isFinished(pod)) return { comesBack: false, note: 'the Pod itself stays' }
    return {
      comesBack: false,
      note: 'the Pod stays; its process does not notice, and registers again when it restarts',
    }
  }

  alternatives({ signal }: Stop = {}): Promise<Alternative[]> {
    return alternatives(this.#view, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#view.api[Symbol.dispose]()
    return Promise.resolve()
  }
}

/** @throws RollcallError `unsupported` for an endpoint of a Service */
function marked(record: KubernetesRecord): PodRecord {
  if (isPod(record)) return record
  throw new RollcallError('unsupported', `${record.id} is written by Kubernetes itself, from a Service and its Pods`, {
    hint: "change the Pod: its readiness, or the label that the Service's selector asks for",
  })
}
