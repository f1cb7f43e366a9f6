import { STATUSES } from '../../model/status.ts'
import { UNEXPECTED } from '../../reports/manifest.ts'
import { type Schema, counter, described, listOf, mapOf, object, oneOf, text } from './parts.ts'

/** One text, or a list of them. */
const texts: Schema = { anyOf: [text, { ...listOf(text), minItems: 1 }] }
const statuses: Schema = { anyOf: [oneOf(STATUSES), { ...listOf(oneOf(STATUSES)), minItems: 1 }] }

const spread = closed(
  {
    by: described(text, 'a key of the metadata, or host for the hosts of the endpoints'),
    min: described(counter, 'at least so many different values'),
  },
  [],
)

const service = closed(
  {
    min: described(counter, 'at least so many instances count; 1 when neither min nor max is given'),
    max: described(counter, 'at most so many'),
    status: described(statuses, 'every instance has one of these, and those count; without it those that are up'),
    versions: described(texts, 'every instance has one of these; globs match'),
    schemes: described(texts, 'every instance has an endpoint of each'),
    metadata: described(mapOf(texts), 'every instance has one of the values; globs match'),
    spread,
  },
  ['min', 'max', 'status', 'versions', 'schemes', 'metadata', 'spread'],
)

/** What `verify` reads and `verify --init` prints. */
export const Manifest: Schema = closed(
  {
    services: described(mapOf({ anyOf: [service, { type: 'null' }] }), 'by name or glob'),
    malformed: described(counter, 'at most so many records that no client can use'),
    unexpected: described(oneOf(UNEXPECTED), 'what to do about services that are not named; ignore without it'),
  },
  ['services', 'malformed', 'unexpected'],
)

const suppression = closed(
  {
    rule: described(texts, 'the code of a rule, or several'),
    key: described(texts, 'a key or a glob, or several'),
    reason: { type: 'string', minLength: 1 },
    until: described({ type: 'string', format: 'date' }, 'the last day, in UTC, on which it holds'),
  },
  [],
)

/** What `check-keys --baseline` reads and `--write-baseline` writes. */
export const Baseline: Schema = closed(
  {
    known: described(mapOf(texts), 'keys of known findings, by the code of their rule'),
    suppressions: listOf(suppression),
  },
  ['known', 'suppressions'],
)

export const Claim = object(
  {
    service: described(text, 'absent for a claim about the whole registry'),
    claim: described(text, 'min, max, status, versions, schemes, metadata.KEY, spread.KEY, malformed or unexpected'),
    result: oneOf(['holds', 'fails', 'warns']),
    wanted: text,
    found: text,
    instances: described(listOf(text), 'of which it does not hold, twenty at most'),
    line: described(counter, 'in the manifest'),
    column: counter,
  },
  ['service', 'instances'],
)

/** An object without further fields: in a file that people write, those are typing errors. */
function closed(properties: Readonly<Record<string, Schema>>, optional: readonly string[]): Schema {
  return { ...object(properties, optional), additionalProperties: false }
}
