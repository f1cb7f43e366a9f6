import { quoted } from '../../lint/finding.ts'
import type { Hit, RecordRule, Rule, RuleText, Subject } from '../../lint/rule.ts'
import type { Host } from './host.ts'
import { type NacosAddress, kratosName } from './names.ts'
import { missingEndpoint } from './missing-endpoint.ts'
import { ownRecord } from './record.ts'

const AT = 'public/DEFAULT_GROUP@@sre.grpc/DEFAULT'

/** What a rule of this registry checks. */
interface Seen {
  readonly address: NacosAddress
  readonly host: Host
  /** Of the service's name, where it has one. */
  readonly scheme: string | undefined
}

const notKratos = rule(
  {
    code: 'RC2201',
    severity: 'info',
    title: 'not registered by Kratos',
    cause: 'The service is not called {name}.{scheme}. Kratos clients find it only when they ask for just that name.',
    fix: 'nothing, if its clients do not use Kratos',
    good: `${AT}/10.0.0.1:9000\n{"metadata":{"kind":"grpc","version":"v1.0.0"}}`,
    bad: 'public/DEFAULT_GROUP@@orders/DEFAULT/10.0.0.1:8080\n{"metadata":{"preserved.register.source":"SPRING_CLOUD"}}',
  },
  ({ address, scheme }) =>
    scheme === undefined ? `the service ${quoted(address.name)} has no scheme at its end` : undefined,
)

const otherKind = rule(
  {
    code: 'RC2202',
    severity: 'warning',
    title: 'metadata "kind" is not the scheme of the service',
    cause:
      "Kratos clients dial the scheme in the metadata, whatever the service is called. Kratos before v2.1.4 wrote the last endpoint's kind " +
      'into all of them.',
    fix: 'update Kratos in the program that registers it, and restart it',
    good: `${AT}/10.0.0.1:9000\n{"metadata":{"kind":"grpc","version":"v1.0.0"}}`,
    bad: `${AT}/10.0.0.1:9000\n{"metadata":{"kind":"http","version":"v1.0.0"}}`,
  },
  ({ host, scheme }) => {
    const { kind } = host.metadata
    return scheme !== undefined && kind && kind !== scheme
      ? `its kind is ${quoted(kind)} in a service of the scheme ${scheme}`
      : undefined
  },
)

const noKind = rule(
  {
    code: 'RC2203',
    severity: 'warning',
    title: 'metadata without kind or version',
    cause:
      'Another client registered it, or someone by hand. Without kind, Kratos clients use the default of their own configuration; ' +
      'without version its version is empty.',
    fix: 'set both in the metadata, as rollcall register and Kratos do',
    good: `${AT}/10.0.0.1:9000\n{"metadata":{"kind":"grpc","version":"v1.0.0"}}`,
    bad: `${AT}/10.0.0.1:9000\n{"metadata":{}}`,
  },
  ({ host, scheme }) => {
    const lacks = ['kind', 'version'].filter((key) => !Object.hasOwn(host.metadata, key))
    return scheme !== undefined && lacks.length > 0 ? `its metadata have no ${lacks.join(' and no ')}` : undefined
  },
)

const persistent = rule(
  {
    code: 'RC2204',
    severity: 'info',
    title: 'persistent instance',
    cause:
      "It stays until somebody removes it: no heartbeat shows that it is alive, only the server's own attempts to connect.",
    fix: 'nothing, if that is intended; otherwise let the process register itself, which makes it ephemeral',
    good: `${AT}/10.0.0.1:9000\n{"ephemeral":true,…}`,
    bad: `${AT}/10.0.0.1:9000\n{"ephemeral":false,…}`,
  },
  ({ host }) => (host.ephemeral ? undefined : 'it is persistent: it stays when its process ends'),
)

const outOfTraffic = rule(
  {
    code: 'RC2205',
    severity: 'info',
    title: 'taken out of traffic',
    cause:
      'An operator disabled it, or gave it the weight 0. It stays so until somebody sets it back, even if its process restarts quickly.',
    fix: 'put it back with rollcall online, or give it a weight, when the reason is gone',
    good: `${AT}/10.0.0.1:9000\n{"enabled":true,"weight":100,…}`,
    bad: `${AT}/10.0.0.1:9000\n{"enabled":false,"weight":100,…}`,
  },
  ({ host: { enabled, weight } }) =>
    enabled
      ? weight === 0
        ? 'its weight is 0: clients send it nothing'
        : undefined
      : 'it is disabled: clients do not get it',
)

const unhealthy = rule(
  {
    code: 'RC2206',
    severity: 'warning',
    title: 'unhealthy instance',
    cause:
      'An ephemeral one has missed its heartbeats and is removed soon; the server cannot connect to a persistent one, and keeps it. Kratos clients that watch ' +
      'get both, and dial them.',
    fix: 'check whether its process is alive; rollcall purge removes the persistent ones',
    good: `${AT}/10.0.0.1:9000\n{"healthy":true,…}`,
    bad: `${AT}/10.0.0.1:9000\n{"healthy":false,…}`,
  },
  ({ host: { healthy, ephemeral } }) =>
    healthy ? undefined : ephemeral ? 'its heartbeats stopped' : 'the server cannot connect to it, and keeps it',
)

/** The rules for records of Nacos alone. Source: what Kratos' registry of v2.1.3 to v3.0.0 writes and reads. */
export const NACOS_RULES: readonly Rule[] = [
  notKratos,
  otherKind,
  noKind,
  persistent,
  outOfTraffic,
  unhealthy,
  missingEndpoint,
]

/** A rule about one record. `fault` returns a sentence where the record breaks it. */
function rule(text: RuleText, fault: (seen: Seen) => string | undefined): RecordRule {
  return {
    ...text,
    flagsOrdinary: false,
    check({ record, reading }: Subject): readonly Hit[] {
      const own = reading.is === 'instance' ? ownRecord(record) : undefined
      if (!own) return []
      const { address, body } = own
      const message = fault({ address, host: body.host, scheme: kratosName(address.name)?.scheme })
      return message === undefined ? [] : [{ message }]
    },
  }
}
