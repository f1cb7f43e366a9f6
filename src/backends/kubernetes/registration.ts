import type { RawRecord } from '../../model/record.ts'
import type { Registration } from '../contract/backend.ts'
import type { Api } from './api.ts'
import { CLEARED } from './kratos-labels.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'
import { podRecord } from './record.ts'
import { mark, readPodAt } from './write.ts'

/** Milliseconds between two looks at whether the Pod is still marked. */
const LOOK_EVERY = 30_000
const ATTEMPTS = 16

/** A Pod that is marked as an instance. It lives as long as the Pod, so a heartbeat only looks. */
export class PodRegistration implements Registration {
  readonly action: Registration['action']
  readonly beatEvery = LOOK_EVERY
  readonly #api: Api
  readonly #made: string
  #pod: Pod
  #ended = false

  constructor(api: Api, action: Registration['action'], pod: Pod) {
    this.#api = api
    this.action = action
    this.#made = marksIn(pod)
    this.#pod = pod
  }

  get records(): readonly RawRecord[] {
    return [podRecord(this.#pod)]
  }

  /** What a deregistration, or another's registration, made of the Pod is a loss; what its node writes is not. */
  async beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    return (await this.#current(signal)) ? 'ok' : 'lost'
  }

  release(): Promise<void> {
    this.#ended = true
    return Promise.resolve()
  }

  /** Takes the marks off, unless another has changed them meanwhile. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; !this.#ended && attempt < ATTEMPTS; attempt += 1) {
      const pod = await this.#current()
      this.#ended = !pod || (await mark(this.#api, pod, CLEARED, undefined)) !== 'changed'
    }
  }

  /** The Pod, if it still has our marks. Out of traffic it has them, too. */
  async #current(signal?: AbortSignal): Promise<Pod | undefined> {
    const { namespace, name, uid } = this.#pod.metadata
    const pod = await readPodAt(this.#api, namespace, name, signal)
    if (!pod || pod.metadata.uid !== uid || marksIn(pod) !== this.#made) return undefined
    this.#pod = pod
    return pod
  }
}

/** All that a registration writes, but for the service, which goes elsewhere while the instance is out of traffic. */
function marksIn({ metadata: { labels, annotations } }: Pod): string {
  return JSON.stringify([
    labels[LABELS.id],
    labels[LABELS.version],
    annotations[ANNOTATIONS.metadata],
    annotations[ANNOTATIONS.protocols],
  ])
}
