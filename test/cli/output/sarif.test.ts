import addFormats from 'ajv-formats'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { sarifEncoder } from '../../../src/cli/output/sarif.ts'
import { CATALOGUE } from '../../../src/lint/catalogue.ts'
import type { Finding } from '../../../src/lint/finding.ts'
import { SEVERITIES, type Severity } from '../../../src/lint/rule.ts'
import { encode, findings } from './hostile-findings.ts'

const options = { rules: CATALOGUE, version: '0.1.0' }
const validate = validator()

test.each([
  ['a finding of every rule', findings],
  ['no finding', []],
])('%s is valid SARIF 2.1.0', (_what, items) => {
  const log: unknown = JSON.parse(encode(sarifEncoder(options), items))
  expect(validate(log) ? [] : validate.errors).toEqual([])
})

test('the schema is looked at: a log without results of the right kind is refused', () => {
  expect(
    validate({ version: '2.1.0', runs: [{ tool: { driver: { name: 'rollcall' } }, results: [{ level: 'bad' }] }] }),
  ).toBe(false)
})

test('results lie at relative files, with a line and a fingerprint of their own', () => {
  const { runs } = JSON.parse(encode(sarifEncoder(options), findings))
  const prints = new Set<string>()
  const worstFirst = SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
  for (const [at, result] of runs[0].results.entries()) {
    const { artifactLocation, region } = result.locations[0].physicalLocation
    expect(artifactLocation.uri).toBe(
      `registry/microservices/(empty)/(..)/a%25b%2Cc%3A${worstFirst[at]?.id?.slice(2)}/%3C%C3%A9%20%22%E7%94%A8%E6%88%B7%22%3E%26%5D%5D%3E`,
    )
    expect(region.startLine).toBe(1)
    expect(result.locations[0].logicalLocations[0].fullyQualifiedName).toBe(worstFirst[at]?.key)
    expect(runs[0].tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
    prints.add(result.partialFingerprints.primaryLocationLineHash)
  }
  expect(prints.size).toBe(findings.length)
})

function many(severity: Severity, count: number): Finding[] {
  const one = findings.find((finding) => finding.severity === severity)
  return one ? Array.from({ length: count }, () => one) : []
}

test('of very many findings the worst are kept, as many as GitHub keeps, and the rest is said to be left out', () => {
  const items = [many('info', 6000), many('warning', 3000), many('error', 3000)].flat()
  const log = JSON.parse(encode(sarifEncoder(options), items))
  expect(validate(log) ? [] : validate.errors).toEqual([])
  const levels = log.runs[0].results.map(({ level }: { level: string }) => level)
  expect(levels).toEqual([...Array(3000).fill('error'), ...Array(2000).fill('warning')])
  const [{ toolExecutionNotifications: notes }] = log.runs[0].invocations
  expect(notes[0].message.text).toBe('7000 further findings, none of them worse, are left out')
})

test('a key and a message of megabytes are cut, and stay two results', () => {
  const long = 'x'.repeat(1_000_000)
  const [one] = many('error', 1)
  const item = (end: string) =>
    Object.assign({}, one, { key: `/microservices/${long}${end}`, message: long, culprit: long })
  const items = [item('a'), item('b')]
  const text = encode(sarifEncoder({ rules: [], version: '0.1.0' }), items)
  expect(text.length).toBeLessThan(20_000)
  const results: { partialFingerprints: object }[] = JSON.parse(text).runs[0].results
  expect(results[0]?.partialFingerprints).not.toEqual(results[1]?.partialFingerprints)
})

/** The schema is of draft 4, which ajv knows no more; only these two names differ in what it uses of it. */
function validator() {
  const schema = JSON.parse(readFileSync('test/fixtures/sarif-2.1.0.schema.json', 'utf8'))
  delete schema.$schema
  delete schema.id
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
  addFormats.default(ajv)
  return ajv.compile(schema)
}
