import { CATALOGUE } from '../lint/catalogue.ts'
import type { Rule } from '../lint/rule.ts'
import type { Driver } from './contract/driver.ts'
import { drivers } from './index.ts'

/** What `check-keys` looks for in a registry of that kind: the shared catalogue and its own rules, by code. */
export async function rulesOf(driver: Driver['name']): Promise<readonly Rule[]> {
  return [...CATALOGUE, ...((await drivers.find(({ name }) => name === driver)?.rules?.()) ?? [])]
}

/** The rules of every kind of registry, by code. */
export async function allRules(): Promise<readonly Rule[]> {
  const own = await Promise.all(drivers.map(async (driver) => (await driver.rules?.()) ?? []))
  return [...CATALOGUE, ...own.flat()].toSorted((a, b) => (a.code < b.code ? -1 : 1))
}
