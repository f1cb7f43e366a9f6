import addFormats from 'ajv-formats'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { type ContextItem, contextsTable } from '../../src/cli/commands/context.ts'
import { EVENT_FORMATS, eventWriter } from '../../src/cli/output/event-writer.ts'
import type { PlannedItem } from '../../src/cli/change/plan.ts'
import type { TableOf } from '../../src/cli/output/columns.ts'
import { colourless } from '../../src/cli/output/colours.ts'
import { findingsTable } from '../../src/cli/output/findings.ts'
import { instancesTable, servicesTable } from '../../src/cli/output/instances.ts'
import { listWriter } from '../../src/cli/output/list-writer.ts'
import { parseOutput } from '../../src/cli/output/options.ts'
import { renderError } from '../../src/cli/output/error-report.ts'
import { verdictsTable } from '../../src/cli/output/verdicts.ts'
import { writeThing } from '../../src/cli/output/documents.ts'
import { KINDS, fieldsOf, schemaFor } from '../../src/cli/schema/index.ts'
import type { Finding } from '../../src/lint/finding.ts'
import { ERROR_CODES, RollcallError } from '../../src/model/errors.ts'
import { instanceItem, recordItem } from '../../src/reports/instances.ts'
import { services } from '../../src/reports/services.ts'
import { stats } from '../../src/reports/stats.ts'
import { NOW, entry, malformed } from '../reports/entries.ts'
import { collected } from './output/collected.ts'

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true })
addFormats.default(ajv)

const full = entry(
  { version: 'v1', metadata: { zone: 'a' }, endpoints: ['grpc://h:1'] },
  {
    reason: 'said so',
    weight: 1.5,
    env: 'prod',
    tags: ['canary'],
    serviceKind: 'connect-proxy',
    ttl: { granted: 15, remaining: 9 },
    owner: 'node-1',
    leaseKeys: ['/k'],
    registeredAt: NOW,
    startedAt: NOW,
    renewedAt: NOW,
    offlineAt: NOW,
    place: { namespace: 'n', group: 'g', cluster: 'c', datacenter: 'd', node: 'e' },
  },
)
const items = [full, entry({ id: 'bare' })].map((one) => instanceItem(one, { detail: true, raw: true }))
const facts = { asOf: NOW, revision: '12', malformed: 1 }

/** The schema as it would be if nothing could ever be added: what a writer writes must be declared. */
function closed(kind: string): object {
  const text = JSON.stringify(schemaFor(kind), (_, part: unknown) =>
    typeof part === 'object' && part !== null && 'properties' in part && 'required' in part
      ? { ...part, additionalProperties: false }
      : part,
  )
  return JSON.parse(text)
}

function check(kind: string, value: unknown): void {
  const validate = ajv.compile(closed(kind))
  validate(value)
  expect(validate.errors ?? []).toEqual([])
}

async function listed<Item extends object>(
  kind: string,
  table: TableOf<Item>,
  some: readonly Item[],
): Promise<unknown> {
  const stdout = collected()
  const output = parseOutput({ output: 'json' })
  const writer = await listWriter(stdout, { kind, output, table, colours: colourless, now: NOW })
  for (const item of some) await writer.row(item)
  await writer.end(facts)
  return JSON.parse(stdout.text())
}

async function alone(kind: string, thing: object): Promise<unknown> {
  const stdout = collected()
  await writeThing(stdout, kind, thing, { format: 'json' })
  return JSON.parse(stdout.text())
}

describe('what is written matches its schema', () => {
  it('instances', async () => {
    check('InstanceList', await listed('InstanceList', instancesTable, items))
    check('InstanceList', await listed('InstanceList', instancesTable, []))
    for (const item of items) check('Instance', await alone('Instance', item))
    const { record, problem, service } = malformed()
    check(
      'Record',
      await alone('Record', { ...recordItem(record), service, problem: problem.code, message: problem.message }),
    )
  })

  it('services and stats', async () => {
    const [list, all] = [services(), stats(['zone'])]
    for (const each of [full, malformed(), malformed('other')]) {
      list.add(each)
      all.add(each)
    }
    check('ServiceList', await listed('ServiceList', servicesTable, list.result()))
    for (const { foreign, ...counts } of [all.result(), stats().result()])
      check('Stats', await alone('Stats', { ...counts, foreign: foreign.keys }))
  })

  it('events', async () => {
    const stdout = collected()
    const writer = await eventWriter(stdout, parseOutput({ json: true }, EVENT_FORMATS), colourless, Date.now)
    await writer.write({ type: 'snapshot', entry: full })
    await writer.write({ type: 'synced' })
    await writer.write({
      type: 'updated',
      entry: full,
      before: full,
      changes: [{ field: 'env', from: undefined, to: 'x' }],
      revision: '8',
    })
    await writer.write({ type: 'removed', entry: full })
    await writer.write({ type: 'gap', message: 'lost' })
    await writer.flushed()
    for (const line of stdout.text().trimEnd().split('\n')) check('Event', JSON.parse(line))
  })

  it('errors', () => {
    for (const code of ERROR_CODES)
      check('Error', JSON.parse(renderError(new RollcallError(code, 'm', { hint: 'h' }), 'json')))
  })

  it('findings, plans and contexts', async () => {
    const finding: Finding = {
      rule: 'RC1001',
      severity: 'error',
      title: 't',
      message: 'm',
      fix: 'f',
      key: '/k',
      service: '',
      id: 'i',
      lease: '1f',
      owner: 'o',
      hosts: ['h'],
      otherKeys: ['/l'],
      culprit: 'c',
    }
    check('FindingList', await listed('FindingList', findingsTable, [finding]))
    const planned: PlannedItem = {
      key: '/k',
      service: 's',
      id: 'i',
      reason: 'expired',
      revision: '7',
      live: false,
      comesBack: true,
      guarded: true,
      note: 'its owner renews it',
    }
    check('PurgePlan', await alone('PurgePlan', { records: [planned] }))
    const verdict = { key: '/k', service: 's', verdict: 'ok', rules: ['RC1001'] } as const
    check('VerdictList', await listed('VerdictList', verdictsTable, [verdict]))
    const context: ContextItem = { name: 'prod', registry: 'etcd://h', current: true, readOnly: true, confirm: 'name' }
    check('ContextList', await listed('ContextList', contextsTable, [context]))
  })
})

describe('a schema', () => {
  it.each(KINDS)('of %s compiles, and names its kind', (kind) => {
    ajv.compile(schemaFor(kind))
    expect(schemaFor(kind)).toMatchObject({ title: kind, $defs: { [kind]: { properties: { kind: { const: kind } } } } })
  })

  it('of everything takes each kind', async () => {
    const validate = ajv.compile(schemaFor())
    expect(validate(await listed('InstanceList', instancesTable, items))).toBe(true)
    expect(validate({ apiVersion: 'rollcall/v1', kind: 'Nonsense' })).toBe(false)
  })

  it('takes fields that a later version adds, and refuses what is wrong', async () => {
    const validate = ajv.compile(schemaFor('Instance'))
    expect(validate({ ...items[0], later: 1 })).toBe(true)
    expect(validate({ ...items[0], metadata: null })).toBe(false)
    expect(validate({ ...items[0], status: 'fine' })).toBe(false)
    expect(validate({ id: 'a' })).toBe(false)
  })

  it('has the fields in the order in which they are written', async () => {
    const ofHistory = new Set(['since', 'cut'])
    const fields = fieldsOf('InstanceList').filter((field) => !ofHistory.has(field))
    expect(['registry', ...Object.keys(items[0] ?? {})]).toEqual(fields)
  })

  it('says which kinds there are', () => {
    expect(() => schemaFor('Instanc')).toThrow('there is no kind "Instanc"')
  })
})
