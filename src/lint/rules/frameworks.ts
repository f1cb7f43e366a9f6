import { inDecimal } from '../../layouts/go-zero.ts'
import { membersOf } from '../../layouts/go-members.ts'
import { parseAddress } from '../../model/address.ts'
import type { LayoutName } from '../../model/observed.ts'
import { printable, quoted } from '../finding.ts'
import type { RecordRule, Subject } from '../rule.ts'

/** Layouts of frameworks, of which the rules for every key-value layout hold too. */
export const FRAMEWORKS: readonly LayoutName[] = [
  'go-zero',
  'grpc-naming',
  'kitex',
  'go-micro',
  'goframe',
  'curator',
  'dubbo',
]

/** Leases of etcd are far beyond this, and the ids that people set are far below. */
const LEAST_LEASE = 2n ** 40n

const ZERO = 'user.rpc/5302885379461375549'

const anotherLease: RecordRule = {
  code: 'RC1701',
  severity: 'warning',
  title: 'go-zero: the key names another lease',
  cause:
    "The record was copied or restored, or put by hand: go-zero writes a key that ends with the lease it hangs on. The record does not end with the key's lease, " +
    'and the process that wrote that key does not know this one.',
  fix: 'if the process lives, it has a record of its own: deregister this one',
  good: `${ZERO} (lease 4997a2281f68663d)\n10.0.0.32:8080`,
  bad: `${ZERO} (lease 4997a2281f686646)\n10.0.0.32:8080`,
  layouts: ['go-zero'],
  flagsOrdinary: false,
  check({ reading, record: { lease } }) {
    if (reading.is !== 'instance' || lease === undefined) return []
    const { id } = reading.instance
    if (BigInt(id) < LEAST_LEASE || id === inDecimal(lease)) return []
    return [{ message: `the key ends with ${id}, and the lease is ${inDecimal(lease)}`, culprit: id }]
  },
}

const dialledAsItIs: RecordRule = {
  code: 'RC1702',
  severity: 'warning',
  title: 'go-zero: the value is not host:port',
  cause:
    "go-zero's clients dial every value below their Key as it is, so anything but an address makes connections that fail. Usually another program, or a hand, wrote it there.",
  fix: 'have the writer put host:port, or remove the key',
  good: `${ZERO}\n10.0.0.32:8080`,
  bad: `${ZERO}\nhttp://10.0.0.32:8080`,
  layouts: ['go-zero'],
  flagsOrdinary: false,
  check({ reading }) {
    const [endpoint] = reading.is === 'instance' ? reading.instance.endpoints : []
    if (endpoint === undefined || parseAddress(endpoint)) return []
    return [{ message: `the value ${quoted(endpoint)} is not host:port`, culprit: printable(endpoint) }]
  },
}

const KITEX = 'kitex/registry-etcd/echo.svc/10.0.0.41:8888'

const otherAddress: RecordRule = {
  code: 'RC1703',
  severity: 'warning',
  title: 'Kitex, Hertz: the address differs from the key',
  cause:
    'The record was copied or edited by hand. Clients call the address in the value; the process deregisters by the key, so a record under another key stays.',
  fix: 'let the program register itself again, then deregister this record',
  good: `${KITEX}\n{"network":"tcp","address":"10.0.0.41:8888",…}`,
  bad: `${KITEX}\n{"network":"tcp","address":"10.0.0.42:8888",…}`,
  layouts: ['kitex'],
  flagsOrdinary: false,
  check: (subject) => addressUnlikeKey(subject),
}

const weightless: RecordRule = {
  code: 'RC1704',
  severity: 'warning',
  title: 'Kitex, Hertz: a weight of 0 is read as 10',
  cause:
    'A weight of 0 or less was set to keep traffic away. Clients read it as the default, 10, so the instance gets a full share.',
  fix: 'to take the instance out of traffic deregister it; else set a weight above 0',
  good: `${KITEX}\n{…,"weight":10,…}`,
  bad: `${KITEX}\n{…,"weight":0,…}`,
  layouts: ['kitex'],
  flagsOrdinary: false,
  check({ reading, record: { body } }) {
    if (reading.is !== 'instance' || !(body instanceof Uint8Array)) return []
    const weight = membersOf(body, { fold: true })?.get('weight') ?? ''
    return Number(weight) <= 0
      ? [{ message: `the weight is ${weight}, which clients read as 10`, culprit: weight }]
      : []
  },
}

const GRPC = 'grpc-greeter/10.0.0.21:50051'

const otherKey: RecordRule = {
  code: 'RC1705',
  severity: 'info',
  title: 'gRPC naming: the address differs from the key',
  cause:
    'Any key below the target will do, and most programs use the address. A key with another address was edited by hand, or its process has moved.',
  fix: 'nothing, if the program chooses its keys so',
  good: `${GRPC}\n{"Op":0,"Addr":"10.0.0.21:50051",…}`,
  bad: `${GRPC}\n{"Op":0,"Addr":"10.0.0.22:50051",…}`,
  layouts: ['grpc-naming'],
  flagsOrdinary: false,
  check: (subject) => addressUnlikeKey(subject),
}

const alias: RecordRule = {
  code: 'RC1706',
  severity: 'warning',
  title: 'go-micro: a name with a slash is also another name',
  cause:
    'In keys go-micro writes a hyphen for each slash, so the services a/b and a-b share their keys, and clients of one are given the instances of both.',
  fix: 'use names without a slash',
  good: '/micro/registry/a-b/node-1\n{"name":"a-b",…}',
  bad: '/micro/registry/a-b/node-1\n{"name":"a/b",…}',
  layouts: ['go-micro'],
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'instance' || !reading.instance.name.includes('/')) return []
    const { name } = reading.instance
    const other = quoted(name.replaceAll('/', '-'))
    return [{ message: `${quoted(name)} is also read as ${other}`, culprit: printable(name) }]
  },
}

const spoilt: RecordRule = {
  code: 'RC1707',
  severity: 'warning',
  title: "GoFrame: record that fails GoFrame's searches",
  cause:
    'GoFrame reads every key that begins with /service, deployment, namespace and name, and one that has fewer than six segments, or a value that is not a JSON object, fails the whole search. ' +
    'Another program, or a hand, wrote it there.',
  fix: 'find out who put it there. Only purge --rule RC1707, or deregister --raw-key with --force, removes it',
  good: '/service/default/default/hello/v1.0.0/10.0.0.61:8000\n{"protocol":"http"}',
  bad: '/service/default/default/hello\n{"protocol":"http"}',
  foreign: true,
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'foreign' || reading.spoils !== 'GoFrame') return []
    return [{ message: 'GoFrame cannot decode this record: its searches that meet it fail' }]
  },
}

export const FRAMEWORK_RULES: readonly RecordRule[] = [
  anotherLease,
  dialledAsItIs,
  otherAddress,
  weightless,
  otherKey,
  alias,
  spoilt,
]

/** A key that is an address, and not the one in the value. */
function addressUnlikeKey({ reading }: Subject) {
  if (reading.is !== 'instance') return []
  const { id, endpoints } = reading.instance
  const [endpoint = ''] = endpoints
  const address = endpoint.replace(/^[a-z][a-z\d+.-]*:\/\//i, '')
  if (address === '' || address === id) return []
  return [{ message: `the value says ${quoted(address)}, the key ${quoted(id)}`, culprit: printable(address) }]
}
