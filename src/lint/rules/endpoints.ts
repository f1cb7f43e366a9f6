import { withoutPassword } from '../../model/endpoint-secret.ts'
import { isLoopback, isUnspecified, KNOWN_SCHEMES } from '../../model/endpoint.ts'
import type { CheckedEndpoint } from '../endpoint.ts'
import { printable, quoted } from '../finding.ts'
import { FRAMEWORKS } from './frameworks.ts'
import type { RecordRule, RuleText, Subject } from '../rule.ts'

const KEY_VALUE = ['kratos', 'kratos-scheme', 'aio', 'plain'] as const
/** For addresses alone: how frameworks write them is their own. */
const EVERY = [...KEY_VALUE, ...FRAMEWORKS, 'service'] as const
/** Elsewhere too an instance may be there without an endpoint, but one that is there is to be called. */
const ANYWHERE = [...KEY_VALUE, 'service'] as const

const none: RecordRule = {
  code: 'RC1201',
  severity: 'warning',
  title: 'no endpoint',
  cause:
    'The program registers without a server, or before it listens. Clients are given an instance they cannot call.',
  fix: 'pass the servers to kratos.New (or kratos.Endpoint), or do not register a program that serves nothing',
  ...examples('"grpc://10.0.0.1:9000"', ''),
  layouts: [...KEY_VALUE, ...FRAMEWORKS],
  flagsOrdinary: false,
  check: ({ reading }) =>
    reading.is === 'instance' && reading.instance.endpoints.length === 0
      ? [{ message: 'the instance has no endpoint' }]
      : [],
}

const noHost = endpointRule(
  {
    code: 'RC1202',
    severity: 'warning',
    title: 'endpoint without a host',
    cause:
      'The process found no address of its own: it listens on all interfaces, and none with a routable address was up when it ' +
      'registered (a container whose network came late). Clients cannot call it.',
    fix: 'listen on an address, or name it with kratos.Endpoint; restart the process once its network is up',
    ...examples('"grpc://10.0.0.6:9000"', '"grpc:"'),
  },
  ({ flaw }) => (flaw?.code === 'no-host' ? 'has no host' : undefined),
)

const noPort = endpointRule(
  {
    code: 'RC1203',
    severity: 'warning',
    title: 'endpoint without a port',
    cause: 'The endpoint was written by hand. Clients dial host:port as it stands, and know no default port.',
    fix: 'write the port, also 80 and 443',
    ...examples('"http://web-1.internal:80"', '"http://web-1.internal"'),
  },
  ({ flaw }) => (flaw?.code === 'no-port' ? 'has no port' : undefined),
)

const noUrl = endpointRule(
  {
    code: 'RC1204',
    severity: 'warning',
    title: 'endpoint is not a valid URL',
    cause:
      'Blanks or control characters, a port that is not a number from 1 to 65535, an IPv6 address without brackets or a stray %. ' +
      'A client that cannot parse it drops the endpoint, or the whole instance.',
    fix: 'correct the endpoint where the program is configured',
    ...examples('"http://[2001:db8::1]:8000"', '"http://2001:db8::1:8000"'),
  },
  ({ flaw }) => (flaw?.code === 'bad-url' ? `is not a valid URL: ${flaw.message}` : undefined),
)

const noScheme = endpointRule(
  {
    code: 'RC1205',
    severity: 'warning',
    title: 'endpoint without a scheme',
    cause: 'A bare host:port was registered. Kratos clients choose endpoints by scheme and skip this one.',
    fix: 'write grpc://, http:// or another scheme before the address',
    ...examples('"grpc://10.0.0.1:9000"', '"10.0.0.1:9000"'),
  },
  ({ flaw }) => (flaw?.code === 'no-scheme' ? 'has no scheme' : undefined),
)

const oddScheme = endpointRule(
  {
    code: 'RC1206',
    severity: 'warning',
    title: 'unknown scheme',
    cause: `No client looks for it: known are ${[...KNOWN_SCHEMES].join(', ')}. Usually a typing error, or another framework. In registries with records of their own, only those that Kratos wrote are checked.`,
    fix: 'correct the scheme, or --ignore RC1206 where own clients know it',
    ...examples('"grpc://10.0.0.1:9000"', '"grcp://10.0.0.1:9000"'),
  },
  ({ scheme, flaw }) =>
    scheme !== undefined && flaw?.code !== 'bad-url' && !KNOWN_SCHEMES.has(scheme)
      ? 'has an unknown scheme'
      : undefined,
)

/** Where another framework wrote into a registry with records of its own, its clients know its schemes (tri, mucp). */
const unknownScheme: RecordRule = {
  ...oddScheme,
  check: (subject) => (isOfOthers(subject) ? [] : oddScheme.check(subject)),
}

function isOfOthers({ layout, reading }: Subject): boolean {
  const own = reading.is === 'instance' ? reading.observed.layout : undefined
  return layout === 'service' && (own === 'plain' || own === 'service')
}

const ignoredTls = endpointRule(
  {
    code: 'RC1207',
    severity: 'warning',
    title: 'isSecure=true is ignored',
    cause:
      'The program was built with a Kratos before v2.3.1, where TLS was a query parameter. Clients since v2.5.0 ignore it and speak ' +
      'plain text to a TLS port.',
    fix: 'update the program to Kratos 2.3.1 or later, or write grpcs:// or https://',
    ...examples('"grpcs://10.0.0.1:9000"', '"grpc://10.0.0.1:9000?isSecure=true"'),
  },
  ({ legacySecure }) => (legacySecure === true ? 'asks for TLS in a way that clients ignore' : undefined),
)

const leftover = endpointRule(
  {
    code: 'RC1208',
    severity: 'info',
    title: 'isSecure is a leftover',
    cause: 'A query parameter of Kratos before v2.3.1. Clients ignore it; the scheme alone says whether TLS is spoken.',
    fix: 'leave the parameter out',
    ...examples('"http://10.0.0.1:8000"', '"http://10.0.0.1:8000?isSecure=false"'),
  },
  ({ legacySecure }) => (legacySecure === false ? 'carries a parameter that clients ignore' : undefined),
)

const unspecified = endpointRule(
  {
    code: 'RC1209',
    severity: 'warning',
    title: 'endpoint at 0.0.0.0 or [::]',
    cause:
      'The address the process listens on was registered as the one to call. A client that dials it reaches itself.',
    fix: 'register the address of the machine: with kratos.Endpoint, or by leaving the host to Kratos',
    ...examples('"grpc://10.0.0.1:9000"', '"grpc://0.0.0.0:9000"'),
    layouts: EVERY,
  },
  ({ host }) => (host !== undefined && isUnspecified(host) ? 'is not an address that clients can call' : undefined),
)

const loopback = endpointRule(
  {
    code: 'RC1210',
    severity: 'info',
    title: 'endpoint on the loopback interface',
    cause: 'Only clients on the same machine reach it: fine on a laptop, a mistake in a cluster.',
    fix: 'in a cluster, listen on an address of the machine',
    ...examples('"grpc://10.0.0.1:9000"', '"grpc://127.0.0.1:9000"'),
    layouts: EVERY,
  },
  ({ host }) => (host !== undefined && isLoopback(host) ? 'is on the loopback interface' : undefined),
)

const ignoredParts = endpointRule(
  {
    code: 'RC1211',
    severity: 'warning',
    title: 'path or query of an endpoint is ignored',
    cause:
      "Kratos' clients dial host and port alone. They ignore what follows: requests go to the root, and a weight in the query changes nothing.",
    fix: 'leave the path to those who call, and put weights and the like into metadata',
    ...examples('"http://gw.example.com:80"', '"http://gw.example.com:80/orders/v1?weight=10"'),
  },
  ({ hasMore }) => (hasMore ? 'has a path or a query, which clients ignore' : undefined),
)

const secret = endpointRule(
  {
    code: 'RC1212',
    severity: 'warning',
    title: 'user or password in an endpoint',
    cause:
      'Every client and everyone with access to the registry can read the secret. Clients ignore it: they dial host and port alone.',
    fix: 'change the password, take it out of the endpoint, and give it to the clients in another way',
    ...examples('"http://10.0.0.1:8000"', '"http://svc:changeme@10.0.0.1:8000"'),
  },
  ({ hasUser }) => (hasUser ? 'holds a user or a password that all who read the registry can see' : undefined),
)

export const ENDPOINT_RULES: readonly RecordRule[] = [
  none,
  noHost,
  noPort,
  noUrl,
  noScheme,
  unknownScheme,
  ignoredTls,
  leftover,
  unspecified,
  loopback,
  ignoredParts,
  secret,
]

/** A rule that looks at each endpoint alone; `fault` says what is wrong with it, if anything. */
function endpointRule(text: RuleText, fault: (endpoint: CheckedEndpoint) => string | undefined): RecordRule {
  return {
    layouts: ANYWHERE,
    flagsOrdinary: false,
    ...text,
    check({ reading, endpoints }) {
      if (reading.is !== 'instance') return []
      return endpoints.flatMap((endpoint) => {
        const found = fault(endpoint)
        const shown = withoutPassword(endpoint.text)
        return found ? [{ message: `the endpoint ${quoted(shown)} ${found}`, culprit: printable(shown) }] : []
      })
    },
  }
}

function examples(good: string, bad: string): { good: string; bad: string } {
  return { good: exampleOf(good), bad: exampleOf(bad) }
}

function exampleOf(endpoint: string): string {
  return `/microservices/cart/c-6\n{"id":"c-6","name":"cart",…,"endpoints":[${endpoint}]}`
}
