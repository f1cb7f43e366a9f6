import { formatDuration } from '../../model/duration.ts'
import { originOf, quoted } from '../../lint/finding.ts'
import type { Fold, FoldHit, FoldRule, RecordRule, Rule, Subject } from '../../lint/rule.ts'
import { type DetectedLayout, detectLayout } from './layout.ts'
import type { PolarisInstance } from './instance.ts'
import { bodyOf } from './record.ts'

/** Milliseconds. */
const LONG = 600_000
const AT = 'default/sre/10.0.0.1:9000'

const otherKind: RecordRule = {
  code: 'RC2301',
  severity: 'warning',
  title: 'service name without the kind in its metadata',
  cause:
    "Kratos' first module for Polaris names a service after its own name and the scheme, and repeats the scheme as metadata kind. " +
    'Here they differ, so nobody can tell where the name ends: the record was written by hand, or by another program.',
  fix: 'let the program register itself again, then deregister this record with --raw-key',
  good: 'default/sregrpc/10.0.0.1:9000\n{…,"metadata":{"kind":"grpc"}}',
  bad: 'default/sregrpc/10.0.0.1:9000\n{…,"metadata":{"kind":"http"}}',
  flagsOrdinary: false,
  check: (subject) =>
    ifInstance(subject, ({ service, metadata: { kind = '' } }) =>
      kind !== '' && !service.endsWith(kind)
        ? [{ message: `the service ${quoted(service)} does not end in its kind ${quoted(kind)}`, culprit: service }]
        : [],
    ),
}

const unmarked: FoldRule = {
  code: 'RC2303',
  severity: 'warning',
  title: 'endpoints that Kratos takes for one instance',
  cause:
    "Kratos' second module for Polaris tells instances apart by metadata merge. All endpoints of a service that lack it become one " +
    'instance with the id of whichever comes first: they were registered by another program, or by hand.',
  fix: 'give each instance a metadata merge of its own, the same for all of its endpoints, or register it with Kratos or rollcall',
  good: `${AT}\n{…,"metadata":{"merge":"sre-1"}}\ndefault/sre/10.0.0.2:9000\n{…,"metadata":{"merge":"sre-2"}}`,
  bad: `${AT}\n{…,"protocol":"grpc","metadata":{}}\ndefault/sre/10.0.0.2:9000\n{…,"protocol":"grpc","metadata":{}}`,
  begin: beginUnmarked,
}

const mixed: FoldRule = {
  code: 'RC2302',
  severity: 'warning',
  title: "service written by both of Kratos' modules",
  cause:
    'One program registers sre, another sregrpc and srehttp: they use different modules of Kratos for Polaris. A client reads one of ' +
    'the two, and sees half of the instances.',
  fix: 'use one module everywhere (contrib/polaris is the newer), then purge what the other left',
  good: `${AT}\n{…,"metadata":{"merge":"sre-1"}}`,
  bad: `${AT}\n{…,"metadata":{"merge":"sre-1"}}\ndefault/sregrpc/10.0.0.2:9000\n{…,"metadata":{"kind":"grpc"}}`,
  begin: beginMixed,
}

const noWeight: RecordRule = {
  code: 'RC2304',
  severity: 'warning',
  title: 'weight 0',
  cause:
    "The default of Kratos' modules, whatever their comments say. Polaris' own balancers give such an instance no traffic, and with " +
    "Kratos' weighted round robin the first of several takes it all.",
  fix: 'set a weight where the program registers (WithWeight, WithRegistryWeight): 100 is usual',
  good: `${AT}\n{…,"weight":100}`,
  bad: `${AT}\n{…,"weight":0}`,
  flagsOrdinary: false,
  check: (subject) => ifInstance(subject, ({ weight }) => (weight === 0 ? [{ message: 'the weight is 0' }] : [])),
}

const longUnhealthy: RecordRule = {
  code: 'RC2305',
  severity: 'warning',
  title: 'unhealthy for long',
  cause:
    'The process went away without deregistering. Polaris never removes such an instance, unless a job of its own is switched on.',
  fix: 'rollcall purge removes what is unhealthy and not isolated',
  good: `${AT}\n{…,"healthy":true}`,
  bad: `${AT}\n{…,"healthy":false} and the last heartbeat an hour ago`,
  flagsOrdinary: false,
  check: (subject) =>
    ifInstance(subject, ({ healthy, lastHeartbeat }) => {
      const silent = lastHeartbeat === undefined ? undefined : subject.now - lastHeartbeat * 1000
      if (healthy || (silent !== undefined && silent < LONG)) return []
      return [
        {
          message:
            silent === undefined
              ? 'unhealthy, and never sent a heartbeat'
              : `no heartbeat for ${formatDuration(silent)}`,
        },
      ]
    }),
}

/** Rules of this registry alone. That a service has no name before its scheme is a rule of all registries. */
export const POLARIS_RULES: readonly Rule[] = [otherKind, mixed, unmarked, noWeight, longUnhealthy]

function ifInstance<T>({ record }: Subject, look: (instance: PolarisInstance) => T[]): T[] {
  const body = bodyOf(record)
  return body ? look(body.instance) : []
}

/** Looks at a service again once it has met what makes the others of it suspect. */
function again(suspect: (subject: Subject) => boolean, message: string) {
  return (subject: Subject): FoldHit[] => (suspect(subject) ? [{ origin: originOf(subject), message }] : [])
}

function isUnmarked({ record }: Subject): boolean {
  const instance = bodyOf(record)?.instance
  return (
    instance !== undefined && detectLayout(instance).layout === 'service' && /^(grpc|http)s?$/.test(instance.protocol)
  )
}

function layoutOf({ record }: Subject): DetectedLayout['layout'] | undefined {
  const instance = bodyOf(record)?.instance
  return instance && detectLayout(instance).layout
}

function beginUnmarked(): Fold {
  const counts = new Map<string, number>()
  return {
    add(subject) {
      if (isUnmarked(subject)) counts.set(subject.service, Math.min(2, (counts.get(subject.service) ?? 0) + 1))
      return []
    },
    end: () => [...counts].filter(([, count]) => count > 1).map(([service]) => service),
    again: again(
      (subject) => (counts.get(subject.service) ?? 0) > 1 && isUnmarked(subject),
      'it has no mark, and Kratos takes it and others for one instance',
    ),
  }
}

function beginMixed(): Fold {
  const layouts = new Map<string, Set<string>>()
  const isMixed = (service: string) => (layouts.get(service)?.size ?? 0) > 1
  return {
    add(subject) {
      const layout = layoutOf(subject)
      if (layout === undefined || layout === 'service') return []
      const known = layouts.get(subject.service) ?? new Set()
      layouts.set(subject.service, known.add(layout))
      return []
    },
    end: () => [...layouts.keys()].filter(isMixed),
    again: again(
      (subject) => isMixed(subject.service) && layoutOf(subject) === 'kratos-scheme',
      'it is registered under a name of the older module, beside instances of the newer',
    ),
  }
}
