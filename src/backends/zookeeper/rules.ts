import type { RecordRule } from '../../lint/rule.ts'

const folderAmongInstances: RecordRule = {
  code: 'RC2101',
  severity: 'error',
  title: 'folder among the instances of a service',
  cause:
    'A name or id with a slash in it made a node without data where instances lie. Kratos reads every node below a service as an ' +
    'instance, so each client that asks for this service fails.',
  fix: 'use names and ids without a slash; then remove what lies below the node, and the node with --raw-key',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
  bad: '/microservices/sre/eu (no data, 1 node below it)',
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
  fix: 'nothing; remove the node with --raw-key if the service is gone for good',
  good: '/microservices/sre (no data, 2 nodes below it)',
  bad: '/microservices/sre (no data, nothing below it)',
  check: ({ reading, record }) =>
    reading.is === 'structure' && reading.folder === 'service' && record.children === 0
      ? [{ message: 'no instance lies below it' }]
      : [],
}

/** What `check-keys` looks for in ZooKeeper alone: nodes that are no records. */
export const RULES: readonly RecordRule[] = [folderAmongInstances, emptyService]
