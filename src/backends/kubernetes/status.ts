import { RollcallError } from '../../model/errors.ts'
import type { Status } from '../../model/status.ts'
import { markOf, offlineAnnotation } from './mark.ts'
import type { Marks } from './patch.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'

/** What makes Kratos' readers pass over a Pod, or find it again; what else it is marked with stays. */
export function marksOfStatus(
  pod: Pod,
  status: Status,
  { now, reason }: { now: number; reason: string | undefined },
): Marks | RollcallError {
  const { service } = markOf(pod)
  if (service === '')
    return new RollcallError('unsupported', `the Pod ${pod.metadata.name} is an instance of no service`)
  if (status === 'up') return { labels: { [LABELS.service]: service }, annotations: { [ANNOTATIONS.offline]: null } }
  if (status === 'down')
    return {
      labels: { [LABELS.service]: '' },
      annotations: { [ANNOTATIONS.offline]: offlineAnnotation(service, now, reason) },
    }
  return new RollcallError('unsupported', `no Pod can be set to "${status}"`, { hint: 'set it to down, or to up' })
}
