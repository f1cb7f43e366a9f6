import { expect, test } from 'vitest'
import { allRules } from '../../src/backends/rules.ts'
import { CATALOGUE, GROUPS, ruleOf } from '../../src/lint/catalogue.ts'
import { explain } from '../../src/lint/explain.ts'
import { type RuleSelection, selectRules } from '../../src/lint/select.ts'
import { RollcallError } from '../../src/model/errors.ts'

const ALL_RULES = await allRules()

test('codes are unique, in order and in a group', () => {
  const all = ALL_RULES.map(({ code }) => code)
  expect(all).toEqual([...new Set(all)].toSorted())
  expect(all.filter((code) => !/^RC\d{4}$/.test(code) || GROUPS[code.slice(0, 4)] === undefined)).toEqual([])
})

test.each(ALL_RULES)('$code tells cause, fix and examples', (rule) => {
  const text = explain(rule)
  for (const part of [rule.code, rule.severity, rule.title, rule.cause, rule.fix]) expect(text).toContain(part)
  expect(rule.good).not.toBe(rule.bad)
  expect([rule.title, rule.fix].filter((part) => /\.$|^$/.test(part))).toEqual([])
})

test('the empty name is explained by the build flag that is missing', () => {
  expect(explain(ruleOf('rc1001'))).toContain('-ldflags "-X main.Name=')
})

test('rules are chosen by code and severity', () => {
  expect(codes({ only: ['rc1001', 'RC1301'] })).toEqual(['RC1001', 'RC1301'])
  expect(codes({ ignore: ['RC1001'] })).not.toContain('RC1001')
  expect(codes({ severity: 'error' })).toContain('RC1101')
  expect(codes({ severity: 'error' })).not.toContain('RC1301')
  expect(codes({})).toHaveLength(CATALOGUE.length)
  expect(() => codes({ only: ['RC9999'] })).toThrow(RollcallError)
})

function codes(selection: RuleSelection): string[] {
  return selectRules(CATALOGUE, selection).map(({ code }) => code)
}
