import { printable, quoted } from '../../lint/finding.ts'
import type { Hit, RecordRule, RuleText, Subject } from '../../lint/rule.ts'
import { mapIn, markOf } from './kratos-labels.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'
import { isFinished, portsOf } from './read-pod.ts'
import { podOf } from './record.ts'

const deregistered = podRule(
  {
    code: 'RC2401',
    severity: 'info',
    title: 'Pod with the emptied labels of a deregistration',
    cause:
      'Kratos deregisters by emptying its labels, and leaves the keys: the process has stopped in good order, or somebody has deregistered ' +
      'it. If the process lives, it does not register again before it restarts.',
    fix: 'nothing, if the Pod is about to end; else restart its process',
    good: 'default/pods/sre-1\nkratos-service-app: sre\nkratos-service-id: server-01',
    bad: 'default/pods/sre-1\nkratos-service-app: ""\nkratos-service-id: ""',
  },
  (pod) => {
    const { service, id } = markOf(pod)
    return service === '' && id === '' ? [{ message: `the Pod ${quoted(pod.metadata.name)} was deregistered` }] : []
  },
)

const noName = podRule(
  {
    code: 'RC2402',
    severity: 'warning',
    title: 'Pod registered without a name',
    cause:
      'The program was built without its name: `-ldflags "-X main.Name=…"` is missing in the build, as kratos-layout wants it. No client ' +
      'can ask for it, and Kratos cannot tell it from a Pod that was deregistered.',
    fix: 'build with -ldflags "-X main.Name=<name>"',
    good: 'default/pods/sre-1\nkratos-service-app: sre\nkratos-service-id: server-01',
    bad: 'default/pods/sre-1\nkratos-service-app: ""\nkratos-service-id: server-01',
  },
  (pod) => {
    const { service, id } = markOf(pod)
    if (service !== '' || id === '') return []
    return [
      { message: `the Pod ${quoted(pod.metadata.name)} is the instance ${quoted(id)} of a service without a name` },
    ]
  },
)

const lostPort = podRule(
  {
    code: 'RC2403',
    severity: 'warning',
    title: 'endpoint at a port that the Pod does not declare',
    cause:
      'The program listens on a port that no container of the Pod declares (containerPort). Kratos rebuilds endpoints from the declared ports ' +
      'alone, so clients do not get this one.',
    fix: 'declare the port in the Pod template',
    good: 'default/pods/sre-1\nkratos-service-protocols: {"9000":"grpc"}\ncontainerPort: 9000',
    bad: 'default/pods/sre-1\nkratos-service-protocols: {"9000":"grpc"}\ncontainerPort: 8000',
  },
  (pod) => {
    const protocols = mapIn(pod, ANNOTATIONS.protocols)
    if ('problem' in protocols || markOf(pod).service === '') return []
    const declared = new Set(portsOf(pod).map(({ containerPort }) => String(containerPort)))
    return Object.entries(protocols.texts)
      .filter(([port]) => !declared.has(port))
      .map(([port, scheme]) => ({
        message: `${quoted(scheme)} is at port ${printable(port)}, which the Pod does not declare`,
        culprit: printable(port),
      }))
  },
)

const noId = podRule(
  {
    code: 'RC2404',
    severity: 'warning',
    title: 'Pod registered without an id',
    cause:
      "Somebody set the label kratos-service-app by hand, or the program has an empty id. Kratos' clients take all such Pods of a service for " +
      'one instance; rollcall uses the name of the Pod as its id.',
    fix: 'let the program register itself, without kratos.ID("")',
    good: 'default/pods/sre-1\nkratos-service-app: sre\nkratos-service-id: server-01',
    bad: 'default/pods/sre-1\nkratos-service-app: sre',
  },
  (pod) => {
    const { service, id } = markOf(pod)
    return service === '' || id !== '' ? [] : [{ message: `the Pod ${quoted(pod.metadata.name)} has no ${LABELS.id}` }]
  },
)

const finished = podRule(
  {
    code: 'RC2405',
    severity: 'info',
    title: 'finished Pod that is still registered',
    cause:
      "The process was killed, or its Pod evicted, before it could deregister. Kratos' clients pass over a Pod that does not run; its labels " +
      'stay until the Pod is deleted.',
    fix: 'delete the Pod, or let rollcall purge clear its labels',
    good: 'default/pods/sre-1 (Running)\nkratos-service-app: sre',
    bad: 'default/pods/sre-1 (Failed)\nkratos-service-app: sre',
  },
  (pod) =>
    markOf(pod).service !== '' && isFinished(pod)
      ? [{ message: `the Pod ${quoted(pod.metadata.name)} has finished: ${pod.status.phase}` }]
      : [],
)

/** Source: wire formats of go-kratos/kratos, contrib/registry/kubernetes, and what its readers make of them. */
export const KUBERNETES_RULES: readonly RecordRule[] = [deregistered, noName, lostPort, noId, finished]

/** A rule about Pods; it finds nothing in other records. */
function podRule(text: RuleText, check: (pod: Pod) => readonly Hit[]): RecordRule {
  return {
    ...text,
    flagsOrdinary: false,
    check({ record }: Subject) {
      const pod = podOf(record)
      return pod ? check(pod) : []
    },
  }
}
