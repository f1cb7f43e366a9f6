import { CATALOGUE } from '../lint/catalogue.ts'
import type { Rule } from '../lint/rule.ts'
import type { Driver } from './contract/driver.ts'
import { drivers } from './index.ts'

/** What `check-keys` looks for in a registry of that kind: the shared catalogue and its own rules, by code. */
export function rulesOf(driver: Driver['name']): readonly Rule[] {
  return [...CATALOGUE, ...(drivers.find(({ name }) => name === driver)?.rules ?? [])]
}

/** The rules of every kind of registry, by code. */
export const ALL_RULES: readonly Rule[] = [...CATALOGUE, ...drivers.flatMap(({ rules = [] }) => rules)].toSorted(
  (a, b) => (a.code < b.code ? -1 : 1),
)
