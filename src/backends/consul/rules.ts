import { printable, quoted } from '../../lint/finding.ts'
import type { Hit, RecordRule, RuleText, Subject } from '../../lint/rule.ts'
import { KNOWN_SCHEMES, parseEndpoint } from '../../model/endpoint.ts'
import { type ConsulEntry, entryIn } from './entry.ts'
import { OWN_TAGS, endpointTags, hasVersionTag, isUrl, schemeForm } from './layout.ts'
import { ttlCheck } from './health.ts'

const AT = 'dc1/node-a'

const emptyId = rule(
  {
    code: 'RC2001',
    severity: 'warning',
    title: 'empty Kratos id',
    cause:
      'The program sets its id to an empty string, and Consul takes the name of the service for it. All such instances of an agent ' +
      'overwrite one another, and deregistering fails unnoticed: the record stays until its checks have failed for ten minutes.',
    fix: 'give each process an id of its own (leave kratos.ID out for a UUID) and restart it',
    good: `${AT}/sre-1\n{"ID":"sre-1","Service":"sre","Tags":["version=v1.0.0"]}`,
    bad: `${AT}/sre\n{"ID":"sre","Service":"sre","Tags":["version=v1.0.0"]}`,
  },
  (entry) => {
    if (entry.checks.some(({ id }) => id === 'service:'))
      return ['its check is called "service:", without an id', 'service:']
    if (!hasVersionTag(entry) || entry.id !== entry.service) return undefined
    return [`its id is the name of the service, ${quoted(entry.service)}`, entry.id]
  },
)

const notKratos = rule(
  {
    code: 'RC2002',
    severity: 'info',
    title: 'not registered by Kratos',
    cause:
      'It has no version tag, or no tagged address for a scheme. Kratos clients take its address for http, and it has no version for them.',
    fix: 'nothing, where its clients are no Kratos programs',
    good: `${AT}/sre-1\n{…,"Tags":["version=v1.0.0"],"TaggedAddresses":{"grpc":{"Address":"grpc://10.0.0.1:9000"}}}`,
    bad: `${AT}/web-1\n{"ID":"web-1","Service":"web","Address":"10.0.0.1","Port":8080}`,
  },
  (entry) => {
    if (schemeForm(entry)) return undefined
    const lacks = [
      ...(hasVersionTag(entry) ? [] : ['no tag version=…']),
      ...(endpointTags(entry).length > 0 ? [] : ['no tagged address for a scheme']),
    ]
    return lacks.length === 0 ? undefined : [`it has ${lacks.join(' and ')}`]
  },
)

const foreignTag = rule(
  {
    code: 'RC2003',
    severity: 'warning',
    title: 'tagged address that is not an endpoint',
    cause:
      'Kratos clients take every tagged address but lan_ipv4, wan_ipv4, lan_ipv6 and wan_ipv6 for an endpoint as it stands. One without a ' +
      'scheme (lan, wan, consul-virtual) makes them drop the instance or dial nonsense.',
    fix: 'leave the tagged address out, or write it as a URL under the name of its scheme',
    good: `${AT}/sre-1\n{…,"TaggedAddresses":{"grpc":{"Address":"grpc://10.0.0.1:9000","Port":9000}}}`,
    bad: `${AT}/sre-1\n{…,"TaggedAddresses":{"lan":{"Address":"10.0.0.1","Port":9000}}}`,
  },
  ({ taggedAddresses }) => {
    const foreign = taggedAddresses.find(({ tag, address }) => !OWN_TAGS.has(tag) && !isEndpointOf(tag, address))
    return foreign && [`the tagged address ${quoted(foreign.tag)} is ${quoted(foreign.address)}`, foreign.tag]
  },
)

const seedForm = rule(
  {
    code: 'RC2004',
    severity: 'info',
    title: 'a service for each scheme',
    cause:
      'The service is called {Name}.{scheme} and its id {Name}-{ID}-{scheme}. No version of Kratos writes or reads it so: its clients find ' +
      'the service under the longer name only, and an instance in as many parts as it has schemes.',
    fix: 'nothing, where the clients know that form; rollcall puts the parts together',
    good: `${AT}/web-1\n{"ID":"web-1","Service":"sre",…}`,
    bad: `${AT}/sre-web-1-grpc\n{"ID":"sre-web-1-grpc","Service":"sre.grpc",…}`,
  },
  (entry) => {
    const form = schemeForm(entry)
    return form && [`it is the ${form.scheme} part of ${quoted(form.id)} of the service ${quoted(form.name)}`]
  },
)

const noTtlCheck = rule(
  {
    code: 'RC2005',
    severity: 'warning',
    title: 'no TTL check',
    cause:
      'The program registers with WithHeartbeat(false), or with a Kratos of v2.1.2 to v2.1.4, which forgot it. Nobody hears of a process that ' +
      'hangs while its port is open, and without other checks the record stays for ever.',
    fix: 'update Kratos and leave the heartbeat on, or register with --keep-alive',
    good: `${AT}/sre-1\n{…,"Tags":["version=v1.0.0"],"Checks":[{"CheckID":"service:sre-1","Type":"ttl"}]}`,
    bad: `${AT}/sre-1\n{…,"Tags":["version=v1.0.0"],"Checks":[]}`,
  },
  (entry) =>
    hasVersionTag(entry) && !schemeForm(entry) && !ttlCheck(entry)
      ? ['no heartbeat shows that it is alive']
      : undefined,
)

/** What is wrong in Consul alone. Source: what Kratos' registry of v2.1.0 to v3.0.0 writes and reads. */
export const CONSUL_RULES: readonly RecordRule[] = [emptyId, notKratos, foreignTag, seedForm, noTtlCheck]

/** `fault` answers with a sentence, and the part at fault. */
function rule(
  text: RuleText,
  fault: (entry: ConsulEntry) => readonly [message: string, culprit?: string] | undefined,
): RecordRule {
  return {
    ...text,
    flagsOrdinary: false,
    check({ record, reading }: Subject): readonly Hit[] {
      const entry = reading.is === 'instance' ? entryIn(record.body) : undefined
      // Kratos writes neither proxies nor gateways, and its clients look for none.
      const [message, culprit] = (entry?.kind === '' && fault(entry)) || []
      if (message === undefined) return []
      return [{ message, ...(culprit === undefined ? {} : { culprit: printable(culprit) }) }]
    },
  }
}

function isEndpointOf(tag: string, address: string): boolean {
  if (!isUrl(address)) return false
  const { scheme } = parseEndpoint(address)
  return scheme === tag || KNOWN_SCHEMES.has(tag)
}
