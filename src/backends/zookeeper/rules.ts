import { quoted } from '../../lint/finding.ts'
import type { RecordRule } from '../../lint/rule.ts'

const folderAmongInstances: RecordRule = {
  code: 'RC2101',
  severity: 'error',
  title: 'folder among the instances of a service',
  cause:
    'A name or id with a slash in it created a node without data among the instances. Kratos reads every node below a service as an ' +
    'instance, so each client that asks for this service fails.',
  fix:
    'use names and ids without a slash; then remove what lies below the node, and the node with --raw-key. If all readers expect one ' +
    'record per scheme, check with --layout kratos-scheme',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
  bad: '/microservices/sre/eu (no data, 1 node below it)',
  flagsOrdinary: false,
  check({ reading, record, expected }) {
    if (reading.is !== 'structure' || reading.folder !== 'within' || expected === 'kratos-scheme') return []
    const below = record.children ? `with ${record.children} below it` : 'with nothing below it'
    return [{ message: `a node without data, ${below}, lies where an instance should` }]
  },
}

const emptyService: RecordRule = {
  code: 'RC2102',
  severity: 'info',
  title: 'service without instances',
  cause: 'Its instances are gone. ZooKeeper keeps the node above them, and Kratos never removes it.',
  fix: 'nothing; purge --empty-nodes removes such nodes once a service is gone for good',
  good: '/microservices/sre (no data, 2 nodes below it)',
  bad: '/microservices/sre (no data, nothing below it)',
  flagsOrdinary: false,
  check: ({ reading, record }) =>
    reading.is === 'structure' && reading.folder === 'service' && record.children === 0
      ? [{ message: 'no instance lies below it' }]
      : [],
}

const otherName: RecordRule = {
  code: 'RC2103',
  severity: 'warning',
  title: 'name in the value differs from the node above',
  cause:
    'The node was moved or written by hand. GetService of Kratos returns every node below the service, whatever name its value has; ' +
    'its watch keeps only those with the name of the service, so some clients see the instance and others do not.',
  fix: 'let the program register again, then remove this node with --raw-key',
  good: '/microservices/pay/p-1\n{"id":"p-1","name":"pay",…}',
  bad: '/microservices/pay/p-1\n{"id":"p-1","name":"payments",…}',
  flagsOrdinary: false,
  check({ reading, service }) {
    if (reading.is !== 'instance') return []
    const { name } = reading.instance
    if (name === service || name.startsWith(`${service}/`)) return []
    return [{ message: `the value says the name ${quoted(name)}, the node lies under ${quoted(service)}` }]
  },
}

/** Rules of `check-keys` for ZooKeeper alone: nodes that are not records, and records in the wrong folder. */
export const RULES: readonly RecordRule[] = [folderAmongInstances, emptyService, otherName]
