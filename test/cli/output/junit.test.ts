import { expect, test } from 'vitest'
import { junitEncoder } from '../../../src/cli/output/finding-cases.ts'
import { CATALOGUE } from '../../../src/lint/catalogue.ts'
import { encode, findings } from './hostile-findings.ts'
import { type Element, parseXml, violations } from './xsd.ts'

const SCHEMA = 'test/fixtures/junit-10.xsd'
const options = { rules: CATALOGUE, failOn: 'error', registry: 'etcd://127.0.0.1:2379 "<prod>"' } as const

test.each([
  ['a finding of every rule', findings],
  ['no finding', []],
])('%s is a valid report', (_what, items) => {
  const report = parseXml(encode(junitEncoder(options), items))
  expect(report.name).toBe('testsuites')
  expect(violations(SCHEMA, report)).toEqual([])
})

test('the schema is looked at', () => {
  expect(violations(SCHEMA, parseXml('<testsuites><testcase odd="1"/></testsuites>'))).toEqual([
    '<testcase> in <testsuites>',
    '<testcase> has odd',
    '<testcase> lacks name',
  ])
})

test('each rule is a test case: failed at the threshold, told below it', () => {
  const suite = suiteOf(encode(junitEncoder(options), findings))
  const cases = suite.children.filter(({ name }) => name === 'testcase')
  const errors = CATALOGUE.filter(({ severity }) => severity === 'error').length
  expect(suite.attributes).toMatchObject({ tests: `${CATALOGUE.length}`, failures: `${errors}`, errors: '0' })
  expect(cases.filter(({ children }) => children[0]?.name === 'failure')).toHaveLength(errors)
  expect(cases.filter(({ children }) => children[0]?.name === 'system-out')).toHaveLength(CATALOGUE.length - errors)
  expect(cases[0]?.attributes).toEqual({ name: 'RC1001 empty service name', classname: 'check-keys.Keys' })
  expect(cases[0]?.children[0]?.text).toContain(findings[0]?.key)
})

test('nothing fails where nothing is to fail', () => {
  const suite = suiteOf(encode(junitEncoder({ ...options, failOn: 'never' }), findings))
  expect(suite.attributes['failures']).toBe('0')
})

test('of very many findings the first are listed and the rest counted', () => {
  const many = Array.from({ length: 2500 }, () => findings[0]).filter((finding) => finding !== undefined)
  const [failure] = suiteOf(encode(junitEncoder(options), many)).children[1]?.children ?? []
  expect(failure?.attributes['message']).toBe('2500 findings: empty service name')
  expect(failure?.text.split('\n').slice(-2)[0]).toBe('… and 1500 more')
})

function suiteOf(text: string): Element {
  const [suite] = parseXml(text).children
  if (!suite) throw new Error('no suite')
  return suite
}
