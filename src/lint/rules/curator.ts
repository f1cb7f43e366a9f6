import { readCurator } from '../../layouts/curator-value.ts'
import { lastSegment } from '../../layouts/stored-key.ts'
import { printable, quoted } from '../finding.ts'
import type { RecordRule, Subject } from '../rule.ts'

const KEY = '/services/order/1648fefd-0e2c'
const LAYOUTS = ['curator'] as const

const otherNode: RecordRule = {
  code: 'RC1708',
  severity: 'warning',
  title: 'Curator: the value names another node',
  cause:
    'The record was copied, moved or edited by hand. Curator finds a record by its node, and removes it by the name and id in the value: ' +
    'the process that wrote it does not remove this node, and its clients see a name or id that leads nowhere.',
  fix: 'if the process lives, it has a record of its own: deregister this one',
  good: `${KEY}\n{"name":"order","id":"1648fefd-0e2c",…}`,
  bad: `${KEY}\n{"name":"order","id":"7a01b3c2-4d5e",…}`,
  layouts: LAYOUTS,
  flagsOrdinary: false,
  check(subject) {
    const value = valueOf(subject)
    const node = lastSegment(subject.key)
    const service = subject.reading.is === 'instance' ? subject.reading.instance.name : ''
    if (value === undefined) return []
    if (value.id !== node)
      return [
        {
          message: `the value has the id ${quoted(value.id)}, its node is ${quoted(node)}`,
          culprit: printable(value.id),
        },
      ]
    if (value.name === service || value.name === `/${service}`) return []
    return [
      {
        message: `the value has the name ${quoted(value.name)}, its node lies under ${quoted(service)}`,
        culprit: printable(value.name),
      },
    ]
  },
}

const outlives: RecordRule = {
  code: 'RC1709',
  severity: 'warning',
  title: 'Curator: dynamic, but without a session',
  cause:
    'A record with the service type DYNAMIC lives on the session of its process. This one has none: it was copied, restored or written by hand, ' +
    'and stays when the process is gone.',
  fix: 'if no process has this address, deregister it; a record that is meant to stay has the service type STATIC or PERMANENT',
  good: `${KEY} (session 0x100001)\n{…,"serviceType":"DYNAMIC",…}`,
  bad: `${KEY} (no session)\n{…,"serviceType":"DYNAMIC",…}`,
  layouts: LAYOUTS,
  flagsOrdinary: false,
  check(subject) {
    const type = valueOf(subject)?.serviceType
    if (subject.record.lease !== undefined || !type?.startsWith('DYNAMIC')) return []
    return [{ message: `the service type is ${type}, and the node has no session`, culprit: type }]
  },
}

const undecodable: RecordRule = {
  code: 'RC1710',
  severity: 'warning',
  title: "Curator: record that fails a service's queries",
  cause:
    'Curator decodes every node below a service, and one that it cannot decode fails the whole query: a port that is not a number, ' +
    'an unknown service type, a value cut off.',
  fix: 'find out who put it there. Only purge --rule RC1710, or deregister --raw-key with --force, removes it',
  good: `${KEY}\n{…,"port":8080,"serviceType":"DYNAMIC",…}`,
  bad: `${KEY}\n{…,"port":"none","serviceType":"DYNAMIC",…}`,
  foreign: true,
  flagsOrdinary: false,
  check: ({ reading }) =>
    reading.is === 'foreign' && reading.spoils === 'Curator'
      ? [{ message: 'Curator cannot decode this record: queries of its service fail' }]
      : [],
}

export const CURATOR_RULES: readonly RecordRule[] = [otherNode, outlives, undecodable]

function valueOf({ record: { body }, reading }: Subject) {
  return reading.is === 'instance' && body instanceof Uint8Array ? readCurator(body) : undefined
}
