import { printable, quoted } from '../finding.ts'
import { FRAMEWORKS } from './frameworks.ts'
import type { Hit, RecordRule, Subject } from '../rule.ts'

/** How the key of an instance relates to the name and id in its value. */
type Fit = 'exact' | 'other-id' | 'longer-name' | 'other-folder'

const JSON_LAYOUTS = ['kratos', 'kratos-scheme', 'aio'] as const
export const NAME_STYLE = /^[a-z0-9]+(-[a-z0-9]+)*$/

const otherId: RecordRule = {
  code: 'RC1005',
  severity: 'warning',
  title: 'id in the value differs from the key',
  cause:
    'The record was moved or edited by hand, or the program registers under one id and writes another. ' +
    'Clients go by the id in the value, tools that build the key from it miss the record.',
  fix: 'let the program register itself again, then remove this key with --raw-key',
  good: '/microservices/pay/p-2\n{"id":"p-2","name":"pay",…}',
  bad: '/microservices/pay/p-2\n{"id":"p-two","name":"pay",…}',
  layouts: JSON_LAYOUTS,
  flagsOrdinary: false,
  check: (subject) =>
    ifFit(subject, 'other-id', (name, id) => ({
      message: `the value of ${name} says the id ${quoted(id)}, the key does not`,
      culprit: printable(id),
    })),
}

const longerName: RecordRule = {
  code: 'RC1006',
  severity: 'warning',
  title: 'instance is stored under a longer name than its own',
  cause:
    'The key was written under another service whose name begins with this one. Kratos finds it all the same, because it reads by ' +
    'string prefix and compares the name in the value; every other reader does not.',
  fix: 'let the program register itself again, then remove this key with --raw-key',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
  bad: '/microservices/sre-admin/server-01\n{"id":"server-01","name":"sre",…}',
  layouts: JSON_LAYOUTS,
  flagsOrdinary: false,
  check: (subject) =>
    ifFit(subject, 'longer-name', (name) => ({
      message: `the value says the name ${name}, the key is under ${quoted(subject.service)}`,
      culprit: name.slice(1, -1),
    })),
}

const slashes: RecordRule = {
  code: 'RC1007',
  severity: 'info',
  title: 'slash in a name or id',
  cause:
    'A name or id holds a slash, so the key has more parts than prefix, name and id. Kratos reads it; but where the name ends can be ' +
    'told from the value alone, and such a name shares its prefix with another service.',
  fix: 'use names and ids without a slash',
  good: '/microservices/order/a-b\n{"id":"a-b","name":"order",…}',
  bad: '/microservices/order/a/b\n{"id":"a/b","name":"order",…}',
  layouts: JSON_LAYOUTS,
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'instance') return []
    const { name, id } = reading.instance
    const culprit = [name, id].find((part) => part.includes('/'))
    if (culprit === undefined) return []
    return [{ message: `${quoted(culprit)} holds a slash`, culprit: printable(culprit) }]
  },
}

const seedForm: RecordRule = {
  code: 'RC1008',
  severity: 'info',
  title: 'a record for each scheme',
  cause:
    'The key names a scheme between name and id, so an instance is spread over several records. No released Kratos writes this; ' +
    'Kratos clients read each record as an instance of its own.',
  fix: 'nothing, if all readers know this layout; else let the program register in the layout kratos',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
  bad: '/microservices/sre/grpc/server-01\n{"id":"server-01","name":"sre",…}',
  layouts: ['kratos-scheme'],
  flagsOrdinary: false,
  check: ({ reading, expected }) =>
    reading.is === 'instance' && expected === undefined
      ? [{ message: `${quoted(reading.instance.id)} has a record for each scheme` }]
      : [],
}

const nameStyle: RecordRule = {
  code: 'RC1009',
  severity: 'info',
  title: 'name outside lower-case letters, digits and hyphens',
  cause: 'Names such as UserService or user_service work in etcd, but not as DNS names, labels or in other registries.',
  fix: 'name services like user-service',
  good: '/microservices/user-service/u-1\n{"id":"u-1","name":"user-service",…}',
  bad: '/microservices/User_Service/u-1\n{"id":"u-1","name":"User_Service",…}',
  // Names of frameworks have dots: user.rpc.
  layouts: ['kratos', 'kratos-scheme', 'aio', 'plain', 'service'],
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'instance' || NAME_STYLE.test(reading.instance.name)) return []
    const { name } = reading.instance
    return [{ message: `the name is ${quoted(name)}`, culprit: printable(name) }]
  },
}

const unprintable: RecordRule = {
  code: 'RC1010',
  severity: 'warning',
  title: 'key that cannot be printed',
  cause:
    'The key holds control characters, or bytes that are not UTF-8: a variable with a line break in it, a truncated write, or another program. ' +
    'It can hardly be typed, and shows garbled in most tools.',
  fix: 'strip the name and id where they are read (a trailing line break of a file is the usual one), then remove this key with --raw-key',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
  bad: '/microservices/sre/server-01\\x0a\n{"id":"server-01\\n","name":"sre",…}',
  layouts: ['kratos', 'kratos-scheme', 'aio', 'plain', ...FRAMEWORKS],
  flagsOrdinary: false,
  check({ record, reading }) {
    const escapes = record.id.replaceAll('\\\\', '').match(/(\\x[0-9a-f]{2})+/gi)
    if (reading.is === 'structure' || !escapes) return []
    return [{ message: `the key holds ${escapes.join(', ')}`, culprit: escapes[0] }]
  },
}

export const KEY_RULES: readonly RecordRule[] = [otherId, longerName, slashes, seedForm, nameStyle, unprintable]

function ifFit(subject: Subject, fit: Fit, hit: (name: string, id: string) => Hit): Hit[] {
  if (subject.reading.is !== 'instance' || fitOf(subject) !== fit) return []
  const { name, id } = subject.reading.instance
  return [hit(quoted(name), id)]
}

/** Needs no prefix: what an instance's own key ends with is known from its value. */
function fitOf({ record, reading, service, layout, key }: Subject): Fit {
  if (reading.is !== 'instance') return 'exact'
  const { name, id } = reading.instance
  if (key.endsWith(`/${name}/${id}`)) return 'exact'
  if (layout === 'kratos-scheme' && key.endsWith(`/${id}`)) return 'exact'
  if (name === service || name.startsWith(`${service}/`)) return 'other-id'
  // In a tree no reader goes by the beginning of a name.
  return record.children === undefined ? 'longer-name' : 'other-folder'
}
