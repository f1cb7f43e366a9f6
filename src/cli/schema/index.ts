import { ERROR_CODES, RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'
import {
  Difference,
  Finding,
  HealthReport,
  Pick,
  Rule,
  Verdict,
  WaitResult,
  comparedSides,
  expectedFindings,
} from './answers.ts'
import { ErrorSchema, PurgePlan, PurgeResult, RemovalPlan, Run, WriteResult } from './changes.ts'
import { Diagnosis } from './diagnosis.ts'
import { Event, HistoryEvent, Host, Instance, MonitorEvent, Record, Service, Stats } from './instances.ts'
import { Baseline, Claim, Manifest } from './manifest.ts'
import { type Schema, counter, described, listOf, object, oneOf, refTo, text, time } from './parts.ts'
import { Config, Context, Token, Trust, Version } from './settings.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** Things that come alone, with apiVersion and kind, or as the items of a list, without. */
const things: Readonly<Record<string, Schema>> = {
  Instance: ofRegistry(Instance),
  Service: ofRegistry(Service),
  Host: ofRegistry(Host),
  Event: ofRegistry(Event),
  HistoryEvent,
  MonitorEvent,
  Finding: ofRegistry(Finding),
  Verdict: ofRegistry(Verdict),
  Rule,
  Baseline,
  Claim,
  Manifest,
  Diagnosis,
  Difference,
  Context,
  Stats: ofRegistry(Stats),
  PurgePlan,
  PurgeResult,
  RemovalPlan,
  WriteResult,
  Run,
  WaitResult,
  HealthReport,
  Pick,
  Config,
  Error: ErrorSchema,
  Token,
  Trust,
  Version,
  Record,
}

const lists: Readonly<Record<string, string>> = {
  InstanceList: 'Instance',
  ServiceList: 'Service',
  HostList: 'Host',
  HistoryEventList: 'HistoryEvent',
  FindingList: 'Finding',
  VerdictList: 'Verdict',
  RuleList: 'Rule',
  ClaimList: 'Claim',
  DiagnosisList: 'Diagnosis',
  StatsList: 'Stats',
  DifferenceList: 'Difference',
  ContextList: 'Context',
  TokenList: 'Token',
  TrustList: 'Trust',
  WriteResultList: 'WriteResult',
  WaitResultList: 'WaitResult',
  RunList: 'Run',
}

/** Of lists over several registries. */
const several = {
  errors: described(
    listOf(object({ registry: text, code: oneOf(ERROR_CODES), message: text })),
    'registries that could not be read, where several are named; absent where all could',
  ),
}

/** What lists have beside the facts of every list. */
const besides: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  DifferenceList: comparedSides,
  HistoryEventList: {
    begins: described(time, 'from when on the journal has everything'),
    until: described(time, 'until when it was written'),
  },
  FindingList: { ...expectedFindings, ...several },
  VerdictList: { ...expectedFindings, ...several },
  InstanceList: {
    gap: described(refTo('HistoryEvent'), 'of history --at: the gap in which the time lies'),
    ...several,
  },
  ServiceList: several,
  HostList: several,
  StatsList: several,
  ClaimList: several,
}

/** What can be of several registries: each item then says of which it is. */
function ofRegistry(schema: Schema): Schema {
  const registry = described(text, 'the name of its context, where several are named')
  return { ...schema, properties: { registry, ...schema.properties } }
}

/** Every kind of output. */
export const KINDS: readonly string[] = [...Object.keys(things), ...Object.keys(lists)].sort()

/** The JSON Schema of one kind, or of all of them together. @throws RollcallError `usage` for an unknown kind */
export function schemaFor(kind?: string): Schema {
  if (kind === undefined) {
    return { $schema: DIALECT, title: 'rollcall/v1', anyOf: KINDS.map(refTo), $defs: definitions([...KINDS]) }
  }
  if (!KINDS.includes(kind)) {
    throw new RollcallError('usage', `there is no kind "${kind}"`, {
      hint: didYouMean(kind, KINDS) ?? `one of ${KINDS.join(', ')}`,
    })
  }
  return { $schema: DIALECT, title: kind, ...refTo(kind), $defs: definitions([kind]) }
}

/** The fields of a kind, or of the items of a list, in order. */
export function fieldsOf(kind: string): string[] {
  const schema = things[lists[kind] ?? kind]
  return Object.keys(schema?.properties ?? {})
}

function definitionOf(kind: string): Schema {
  const items = lists[kind]
  return items === undefined ? single(kind, things[kind] ?? {}) : list(kind, items)
}

function single(kind: string, schema: Schema): Schema {
  const properties = { apiVersion: { const: 'rollcall/v1' }, kind: { const: kind }, ...schema.properties }
  return { ...schema, properties }
}

/** The schema of a list: items come before the facts that are known only at the end. */
function list(kind: string, items: string): Schema {
  return object(
    {
      apiVersion: { const: 'rollcall/v1' },
      kind: { const: kind },
      items: listOf(refTo(items)),
      asOf: described(time, 'when it was read'),
      revision: described(text, 'of the registry, where it has them'),
      malformed: described(counter, 'records that no client can use'),
      foreign: described(counter, 'keys of other programs'),
      ...besides[kind],
    },
    ['asOf', 'revision', 'malformed', 'foreign', ...Object.keys({ ...expectedFindings, ...several }), 'gap'],
  )
}

/** The schemas of these kinds and of all that they refer to. */
function definitions(kinds: string[]): Schema {
  const found = new Map<string, Schema>()
  for (const kind of kinds) {
    if (found.has(kind)) continue
    const schema = definitionOf(kind)
    found.set(kind, schema)
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/\$defs\/(\w+)"/g)) kinds.push(name)
  }
  return Object.fromEntries(found)
}
