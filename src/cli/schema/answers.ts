import { STRATEGIES } from '../../balance/strategy.ts'
import { STATUSES } from '../../model/status.ts'
import { counter, described, flag, lease, listOf, object, oneOf, refTo, text, time } from './parts.ts'

const milliseconds = { type: 'number', minimum: 0, description: 'milliseconds' }

const considered = object(
  {
    id: text,
    chosen: flag,
    candidate: described(flag, 'it could have been chosen'),
    weight: described({ type: 'number' }, 'as the registry has it'),
    roundTrip: milliseconds,
    reason: described(text, 'why it could not be'),
  },
  ['weight', 'roundTrip', 'reason'],
)

export const Pick = object(
  {
    service: text,
    id: text,
    url: described(text, 'the endpoint as it is stored'),
    address: described(text, 'host:port, IPv6 in brackets'),
    strategy: oneOf(STRATEGIES),
    candidates: described(counter, 'how many it was chosen among'),
    why: described(listOf(considered), 'every instance of the service, with --why'),
  },
  ['why'],
)

const checked = object(
  {
    service: text,
    id: text,
    endpoint: text,
    health: described(oneOf(['up', 'down', 'unprobed']), 'unprobed: no connection can reach it'),
    check: oneOf(['http', 'grpc', 'tcp']),
    milliseconds,
    reason: described(text, 'why it is down'),
  },
  ['check', 'milliseconds', 'reason'],
)

export const HealthReport = object({
  asOf: described(time, 'when it was asked'),
  endpoints: described(counter, 'how many were looked at'),
  up: counter,
  down: counter,
  unprobed: counter,
  items: listOf(checked),
})

export const Finding = object(
  {
    rule: described({ type: 'string', pattern: '^RC\\d{4}$' }, 'stable; check-keys --explain shows its cause'),
    severity: oneOf(['error', 'warning', 'info']),
    title: text,
    message: text,
    fix: text,
    key: text,
    service: text,
    id: text,
    lease,
    owner: text,
    hosts: described(listOf(text), 'of its endpoints: the way to the process that writes it'),
    otherKeys: described(listOf(text), 'on the same lease, twenty at most'),
    culprit: described(text, 'the part of key or value at fault'),
  },
  ['id', 'lease', 'owner', 'otherKeys', 'culprit'],
)

/** Counts of what a baseline expects, and what is therefore not among the items. */
export const expectedFindings = {
  known: described(counter, 'findings that the baseline knows'),
  suppressed: described(counter, 'findings that the baseline suppresses'),
}

/** A rule as `check-keys --list-rules` shows it. */
export const Rule = object(
  {
    code: { type: 'string', pattern: '^RC\\d{4}$' },
    severity: oneOf(['error', 'warning', 'info']),
    title: text,
    layouts: described(listOf(text), 'it looks at these alone'),
    cause: described(text, 'where such records come from and what they do'),
    fix: text,
  },
  ['layouts'],
)

/** A key as `check-keys --list` shows it. */
export const Verdict = object(
  {
    key: text,
    service: text,
    verdict: oneOf(['error', 'warning', 'info', 'ok', 'foreign']),
    rules: described(listOf(text), 'codes of what was found'),
    note: described(text, 'what is known of a record of another program'),
  },
  ['note'],
)

export const WaitResult = object(
  {
    service: text,
    satisfied: flag,
    instances: described(counter, 'how many are counted'),
    min: counter,
    max: counter,
    statuses: described(listOf(oneOf(STATUSES)), 'those that are counted'),
    stable: described({ type: 'number', minimum: 0 }, 'seconds for which it has to hold without a break'),
    selectors: described(
      { type: 'object', additionalProperties: listOf(text) },
      'the selectors, by the names of their flags',
    ),
    candidates: described(counter, 'how many would count without the selectors'),
    others: described(
      { type: 'object', additionalProperties: counter },
      'the instances that the selectors leave out, counted by what they are instead',
    ),
    items: listOf(refTo('Instance')),
    failedOn: described(
      { type: 'object', additionalProperties: listOf(text) },
      'what ended the wait: under malformed the keys of records, twenty at most, under a status the ids of instances',
    ),
    message: described(text, 'which condition failed'),
  },
  ['min', 'max', 'statuses', 'stable', 'selectors', 'candidates', 'others', 'items', 'failedOn', 'message'],
)

export const Difference = object(
  {
    difference: described(
      oneOf(['removed', 'added', 'changed']),
      'removed: only on the first side; added: only on the second one',
    ),
    service: described(text, 'empty for a claim about the whole registry'),
    id: described(text, 'absent where the difference is one of the whole service'),
    field: described(text, 'of changed: such as version or metadata.zone; of a manifest the claim'),
    from: described({}, 'absent where a side has no value'),
    to: described({}, 'absent where a side has no value'),
    instances: described(counter, 'of a whole service: how many it has on the side that has it'),
    line: described(counter, 'of a claim: where it stands in the manifest'),
  },
  ['id', 'field', 'from', 'to', 'instances', 'line'],
)

const side = object(
  {
    name: text,
    instances: counter,
    malformed: described(counter, 'records that no client can use'),
    foreign: described(counter, 'keys of other programs'),
    revision: text,
  },
  ['instances', 'malformed', 'foreign', 'revision'],
)

/** What a list of differences has beside its items. */
export const comparedSides = { before: side, after: side }
