import { type DrainPlan, drain } from '../../client/change/drain.ts'
import { type PurgeOptions, purge } from '../../client/change/purge.ts'
import { closedHours } from '../../client/change/protection.ts'
import type { ServedSite } from '../site.ts'
import type { PlannedRemoval, PurgePlan } from '../../client/purge/plan.ts'
import type { AskedChange, ChangeItem, PlannedChange } from './planned.ts'

interface Removing {
  readonly asked: AskedChange
  readonly command: NonNullable<PurgeOptions['command']>
  readonly plan: PurgePlan
  /** Of a drain: all of it, and how what is done before anything is removed is shown. */
  readonly drained?: DrainPlan
  readonly first?: readonly ChangeItem[]
}

/** A plan that removes records, after other work of the same run if there is some. */
export function removing(site: ServedSite, { asked, command, plan, drained, first = [] }: Removing): PlannedChange {
  const removals = plan.records
  const closed = removals.length > 0 ? closedHours(site) : undefined
  const lost = new Set(removals.flatMap((each) => each.lost ?? []))
  return {
    asked,
    items: [...first, ...removals.map(itemOf)],
    records: [...(drained?.offline.flatMap((entry) => entry.records) ?? []), ...removals.map(({ record }) => record)],
    refusals: [...plan.refusals, ...(closed === undefined ? [] : [{ fact: closed }])],
    notes: [...plan.notes, ...lost],
    async carryOut() {
      const options = { ...site, force: asked.force }
      const done = await (drained
        ? drain(site.client, drained, options)
        : purge(site.client, plan, { ...options, command }))
      if ('error' in done && done.outcomes.length === 0) throw done.error
      const notes = done.left > 0 ? [`${done.left} records were not attempted`] : []
      const ended = 'error' in done ? { error: done.error } : {}
      return { outcomes: done.outcomes, run: done.id, notes, ...ended }
    },
  }
}

function itemOf({ record: _record, layout: _layout, lost: _lost, id = '', ...item }: PlannedRemoval): ChangeItem {
  return { ...item, id, action: 'deregister', result: 'planned' }
}
