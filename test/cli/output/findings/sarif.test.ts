import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { sarifEncoder } from '../../../../src/cli/output/findings/sarif.ts'
import { CATALOGUE } from '../../../../src/lint/catalogue.ts'
import { encode, findings } from './hostile-findings.ts'

const options = { rules: CATALOGUE, version: '0.1.0', rulesPage: 'https://example.org/rules.md' }
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
  for (const [at, result] of runs[0].results.entries()) {
    const { artifactLocation, region } = result.locations[0].physicalLocation
    expect(artifactLocation.uri).toBe(
      `registry/microservices/(empty)/(..)/a%25b%2Cc%3A${at}/%3C%C3%A9%20%22%E7%94%A8%E6%88%B7%22%3E%26%5D%5D%3E`,
    )
    expect(region.startLine).toBe(1)
    expect(result.locations[0].logicalLocations[0].fullyQualifiedName).toBe(findings[at]?.key)
    expect(runs[0].tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
    prints.add(result.partialFingerprints.primaryLocationLineHash)
  }
  expect(prints.size).toBe(findings.length)
})

test('a rule leads to its page, where there is one', () => {
  expect(rulesOf(encode(sarifEncoder(options), []))[0].helpUri).toBe('https://example.org/rules.md#rc1001')
  expect(rulesOf(encode(sarifEncoder({ rules: CATALOGUE, version: '0.1.0' }), []))[0]).not.toHaveProperty('helpUri')
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

function rulesOf(text: string) {
  return JSON.parse(text).runs[0].tool.driver.rules
}
