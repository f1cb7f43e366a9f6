import { weightAndEnv } from '../../layouts/leased.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Observed } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import { type Mark, mapIn, markOf } from './kratos-labels.ts'
import { ANNOTATIONS, type ContainerPort, type Pod } from './pod.ts'
import type { Writable } from '../../model/writable.ts'

/** The instance that a Pod is, as Kratos' readers see it; a Pod without a service is structure. Never throws. */
export function readPod(pod: Pod): Reading {
  const mark = markOf(pod)
  if (mark.service === '') return { is: 'structure' }
  const id = mark.id || pod.metadata.name
  const [metadata, protocols] = [mapIn(pod, ANNOTATIONS.metadata), mapIn(pod, ANNOTATIONS.protocols)]
  if ('problem' in metadata) return malformed(metadata.problem, mark, id)
  if ('problem' in protocols) return malformed(protocols.problem, mark, id)
  return {
    is: 'instance',
    instance: {
      id,
      name: mark.service,
      version: mark.version,
      metadata: metadata.texts,
      endpoints: endpointsOf(pod, protocols.texts),
    },
    observed: observedOf(pod, mark, metadata.texts),
  }
}

function malformed(problem: Extract<Reading, { is: 'malformed' }>['problem'], mark: Mark, id: string): Reading {
  return { is: 'malformed', problem: { ...problem, id, name: mark.service } }
}

/**
 * The declared ports of all containers, also of sidecars, at the Pod's address; none before it has one. The scheme is the
 * annotation's for the port, else the port's name up to the first hyphen, else the transport protocol. Source: Kratos' getServiceInstanceFromPod.
 */
export function endpointsOf(pod: Pod, protocols: Readonly<Record<string, string>>): string[] {
  const { podIP } = pod.status
  if (podIP === undefined) return []
  const host = podIP.includes(':') ? `[${podIP}]` : podIP
  return portsOf(pod).map((port) => `${schemeOf(port, protocols)}://${host}:${port.containerPort}`)
}

export function portsOf({ spec }: Pod): ContainerPort[] {
  return spec.containers.flatMap(({ ports }) => ports)
}

function schemeOf(
  { name, containerPort, protocol }: ContainerPort,
  protocols: Readonly<Record<string, string>>,
): string {
  const annotated = Object.hasOwn(protocols, containerPort) ? protocols[containerPort] : undefined
  return annotated || name?.split('-', 1)[0] || protocol
}

/** Filled field by field: of the ten thousand in a list, literals with spreads take several times as long. */
function observedOf(pod: Pod, { offline }: Mark, texts: Metadata): Observed {
  const { metadata, spec, status } = pod
  const { namespace } = metadata
  const place = spec.nodeName === undefined ? { namespace } : { namespace, node: spec.nodeName }
  const { status: health, reason } = offline ? takenOut(offline.reason) : healthOf(pod)
  const observed: Writable<Observed> = { status: health, place, layout: 'kratos' }
  if (reason !== undefined) observed.reason = reason
  const startedAt = status.startTime === undefined ? Number.NaN : Date.parse(status.startTime)
  const [owner] = metadata.ownerReferences
  if (offline?.since !== undefined) observed.offlineAt = offline.since
  if (!Number.isNaN(startedAt)) observed.startedAt = startedAt
  if (owner) observed.owner = `${owner.kind}/${owner.name}`
  const { weight, env } = weightAndEnv(texts)
  if (weight !== undefined) observed.weight = weight
  if (env !== undefined) observed.env = env
  return observed
}

type Health = Pick<Observed, 'status' | 'reason'>

function takenOut(reason: string | undefined): Health {
  return { status: 'down', reason: reason === undefined ? 'taken out of traffic' : `taken out of traffic: ${reason}` }
}

function healthOf(pod: Pod): Health {
  const { phase } = pod.status
  if (isFinished(pod)) return { status: 'down', reason: `the Pod has finished: ${phase}` }
  if (pod.metadata.deletionTimestamp !== undefined) return { status: 'stopping', reason: 'the Pod is being deleted' }
  if (phase === 'Pending') return { status: 'starting', reason: 'the Pod is pending' }
  if (phase !== 'Running') return { status: 'unhealthy', reason: `the phase of the Pod is ${phase || 'unknown'}` }
  if (isReady(pod)) return { status: 'up' }
  return { status: 'unhealthy', reason: "the Pod is not ready; Kratos' clients get it all the same" }
}

/** Whether it has ended: a Pod never starts again. */
export function isFinished({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed'
}

function isReady({ status }: Pod): boolean {
  return status.conditions.some((condition) => condition.status === 'True')
}
