import { RollcallError } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import type { Client } from '../client.ts'
import type { RemovalPlan } from './plan-file.ts'

/** Where a plan is made: the registry as in messages, and what was named of the rest. */
export type PlanPlace = Pick<RemovalPlan, 'registry' | 'prefix' | 'layout'>

/** Where a plan of this client is made. */
export function placeOf({ target }: Pick<Client, 'target'>): PlanPlace {
  const { display, prefix, layout } = target
  return {
    registry: display,
    ...(prefix !== undefined && { prefix }),
    ...(layout !== 'auto' && { layout }),
  }
}

/**
 * A plan is carried out where it was made, and nowhere else: makes sure that a client is of that registry, with the same prefix and layout
 * named, before a plan from a file is made again. `purge`, `drain` and `requireSamePlan` look by themselves.
 * @throws RollcallError `usage`
 */
export function requirePlace(client: Pick<Client, 'target'>, made: PlanPlace): void {
  const here = placeOf(client)
  if (placeText(here) === placeText(made)) return
  throw new RollcallError('usage', `the plan was made for ${placeText(made)}`, {
    hint: `this is ${placeText(here)}; name the registry of the plan, or make a new one`,
  })
}

function placeText({ registry, prefix, layout }: PlanPlace): string {
  const named = [
    ...(prefix === undefined ? [] : [option('prefix', prefix)]),
    ...(layout === undefined ? [] : [option('layout', layout)]),
  ]
  return `${registry}, ${named.join(' ') || `without ${option('prefix')} and ${option('layout')}`}`
}
