import { describe, inject } from 'vitest'
import type { Provisioned } from './kinds.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

type Tests = () => void | Promise<void>

const known = new Map<string, Outcome>()

/** `describe` for tests that start, freeze and end a server of that kind. Without one they are skipped, and the title says why. */
export async function describeWith(kind: string, title: string, tests: Tests): Promise<void> {
  const outcome = await find(kind)
  if ('missing' in outcome) describe.skip(`${title} (${outcome.missing})`, tests)
  else if (outcome.programs) describe(title, tests)
  else describe.skip(`${title} (the ${kind} at ${outcome.endpoint} is not ours to stop)`, tests)
}

/** `describe` for tests that only talk to a server, which may be one that runs already. */
export async function describeAt(kind: string, title: string, tests: Tests): Promise<void> {
  const outcome = await find(kind)
  if ('missing' in outcome) describe.skip(`${title} (${outcome.missing})`, tests)
  else describe(title, tests)
}

/** For what is in a describe of that kind. */
export function serverOf(kind: string): Provisioned {
  const outcome = known.get(kind)
  if (!outcome || 'missing' in outcome) throw new Error(outcome?.missing ?? `nothing here is described with ${kind}`)
  return outcome
}

async function find(kind: string): Promise<Outcome> {
  const outcome = known.get(kind) ?? (await outcomeOf(inject('outcomes'), kind))
  known.set(kind, outcome)
  if ('missing' in outcome && outcome.required) throw new Error(outcome.missing)
  return outcome
}
