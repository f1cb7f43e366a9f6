import { LAYOUTS } from '../../model/observed.ts'
import { PROBLEMS } from '../../model/reading.ts'
import { STATUSES } from '../../model/status.ts'
import { counter, described, lease, listOf, mapOf, object, oneOf, refTo, seconds, text, time } from './parts.ts'

const layout = oneOf([...LAYOUTS, 'service'])

export const Record = described(
  object(
    {
      key: described(text, 'as --raw-key names it'),
      revision: text,
      lease,
      createdAt: time,
      value: described(text, 'the stored bytes, where they are UTF-8'),
      valueBase64: described(text, 'the stored bytes, where they are not'),
      object: described({ type: 'object' }, "the registry's own object, where it stores no bytes"),
      service: described(text, 'the service of its key'),
      problem: described(oneOf(PROBLEMS), 'why no client can use it'),
      message: described(text, 'the same in a sentence'),
      foreign: described(
        object({ looksLike: text, belongsTo: text, system: text, breaks: text }, [
          'looksLike',
          'belongsTo',
          'system',
          'breaks',
        ]),
        'for a record of another program: what it was recognised as, and the prefix it belongs to',
      ),
    },
    ['revision', 'lease', 'createdAt', 'value', 'valueBase64', 'object', 'service', 'problem', 'message', 'foreign'],
  ),
  'one stored record; alone, where a client can use it, it is an Instance instead',
)

const place = object({ namespace: text, group: text, cluster: text, datacenter: text, node: text }, [
  'namespace',
  'group',
  'cluster',
  'datacenter',
  'node',
])

const identity = { id: text, name: text, version: text, metadata: mapOf(text), endpoints: listOf(text) }

const observed = {
  reason: described(text, 'what else is known about the status'),
  weight: { type: 'number' },
  env: text,
  tags: described(listOf(text), 'as the registry has them; of Dubbo what it offers'),
  serviceKind: described(text, 'of a proxy or a gateway of a service mesh: connect-proxy, mesh-gateway, …'),
  ttl: object({ granted: seconds, remaining: seconds }, ['granted', 'remaining']),
  lease,
  owner: text,
  registeredAt: time,
  startedAt: time,
  renewedAt: time,
  offlineAt: time,
  place,
  layout,
}

const past = {
  since: described(time, 'of history --at: when the journal saw it come'),
  cut: described(
    object({ characters: counter, sha256: text }),
    'in a history: its metadata and endpoints were too long to be kept',
  ),
}

const details = {
  ...past,
  leaseKeys: described(listOf(text), 'other keys of the same lease'),
  records: described(listOf(refTo('Record')), 'only with --raw'),
}

export const Instance = described(
  object({ ...identity, status: oneOf(STATUSES), ...observed, keys: listOf(text), ...details }, [
    ...Object.keys(observed),
    ...Object.keys(details),
  ]),
  'one instance of a service; what the registry does not say is absent',
)

export const Service = object({
  name: text,
  instances: counter,
  up: counter,
  byStatus: mapOf(counter),
  malformed: described(counter, 'records that no client can use'),
  versions: listOf(text),
  schemes: listOf(text),
  layouts: listOf(layout),
})

export const Host = object({
  host: text,
  instances: described(counter, 'those with an endpoint there'),
  up: counter,
  byStatus: mapOf(counter),
  services: listOf(text),
})

const malformedRecord = {
  service: described(text, 'of malformed'),
  id: described(text, 'of malformed, as far as it can be read'),
  key: described(text, 'of malformed: its record, as --raw-key names it'),
  lease,
  problem: described(oneOf(PROBLEMS), 'of malformed: why no client can use the record'),
}

const change = object({ field: text, from: {}, to: {} }, ['from', 'to'])

export const Event = object(
  {
    type: described(
      oneOf(['snapshot', 'synced', 'added', 'updated', 'removed', 'malformed', 'gap', 'error']),
      'error: of several registries, one that cannot be watched',
    ),
    at: described(time, 'when rollcall learnt of it'),
    revision: described(text, 'only on the last event of that revision'),
    instance: refTo('Instance'),
    changes: described(listOf(change), 'of updated: the fields that changed'),
    ...malformedRecord,
    message: described(text, 'of gap: why history was lost; of malformed: its problem in a sentence; of error: why'),
    gone: described({ const: true }, 'of malformed: the record was removed, or can be used now'),
  },
  ['revision', 'instance', 'changes', ...Object.keys(malformedRecord), 'message', 'gone'],
)

/** An event of `history`. */
export const HistoryEvent = object(
  {
    type: oneOf(['added', 'updated', 'removed', 'malformed', 'gap']),
    at: described(time, 'when the writer of the journal learnt of it; of gap: when it began'),
    until: described(time, 'of gap: when it ended; absent while it lasts'),
    found: described({ const: true }, 'it happened at some time in the gap before it'),
    revision: described(text, 'only on the last event of that revision'),
    ...malformedRecord,
    service: text,
    id: text,
    instance: described(refTo('Instance'), 'as it was then; of removed: as it was last'),
    changes: described(listOf(change), 'of updated: the fields that changed'),
    since: described(time, 'since when it was there, as far as the journal saw it come'),
    flapped: described(counter, 'how often it went within ten minutes, from three times on'),
    message: described(text, 'of gap: why; of malformed: its problem in a sentence'),
    gone: described({ const: true }, 'of malformed: the record was removed, or can be used now'),
  },
  [
    'until',
    'found',
    'revision',
    ...Object.keys(malformedRecord),
    'instance',
    'changes',
    'since',
    'flapped',
    'message',
    'gone',
  ],
)

/** An event of `monitor`. */
export const MonitorEvent = object(
  {
    type: oneOf(['standby', 'leading', 'lost', 'down', 'skew', 'failed']),
    time,
    service: text,
    id: text,
    unrenewedFor: described(seconds, 'seconds; of down: how long it was not seen to be renewed'),
    ahead: described(seconds, 'seconds; of skew: by how much its clock is ahead of ours at least, negative: behind'),
    leader: described(text, 'of standby: the monitor that acts, by its own name'),
    message: described(text, 'of lost and failed: why'),
  },
  ['service', 'id', 'unrenewedFor', 'ahead', 'leader', 'message'],
)

const tally = {
  instances: counter,
  byStatus: mapOf(counter),
  byScheme: described(mapOf(counter), 'an instance counts once for each scheme that it serves'),
  byVersion: described(mapOf(counter), 'under "": those without a version'),
  byLayout: mapOf(counter),
  by: described(mapOf(mapOf(counter)), 'by metadata key, then by value; those without the key are in none'),
  malformed: counter,
  withoutLease: described(counter, 'instances that should have a lease and have none'),
}

export const Stats = object(
  {
    services: counter,
    ...tally,
    foreign: described(counter, 'keys of other programs'),
    perService: listOf(object({ name: text, ...tally }, ['by'])),
  },
  ['by'],
)
