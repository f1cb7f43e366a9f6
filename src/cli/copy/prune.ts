import { contentOf } from '../../reports/content.ts'
import type { Copier } from '../../client/copy/copier.ts'
import type { Copied } from '../../client/copy/copy.ts'
import { type PurgePlan, planPurge } from '../../client/purge/plan.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import { guardOf } from '../change/guard.ts'
import { subjectOf } from '../change/outcomes.ts'
import type { Context } from '../command.ts'
import { startProgress } from '../output/progress.ts'
import type { CopyFlags } from './options.ts'

/** What the source has of one service, as the target would have it. */
interface ServiceOfSource {
  readonly ids: Set<string>
  /** Of instances whose id the target does not keep. */
  readonly contents: Set<string>
  readonly layouts: Set<string>
}

/** All instances that a source has, so that what it has not can be told. */
export class Survey {
  count = 0
  readonly #services = new Map<string, ServiceOfSource>()

  get services(): ReadonlySet<string> {
    return new Set(this.#services.keys())
  }

  add(foreseen: Copied): void {
    this.count++
    this.note(foreseen)
  }

  /** Takes note of what the source has, however often it was met. What cannot be written is still something that it has. */
  note({ entry, carried }: Pick<Copied, 'entry' | 'carried'>): void {
    if (!carried) {
      this.#of(entry.service).ids.add(entry.instance.id)
      return
    }
    const { service, id, content, layout, lost } = carried
    const there = this.#of(service)
    there.ids.add(id)
    if (lost.includes('id')) there.contents.add(content())
    if (layout !== undefined) there.layouts.add(layout)
  }

  #of(service: string): ServiceOfSource {
    const known = this.#services.get(service) ?? { ids: new Set(), contents: new Set(), layouts: new Set() }
    this.#services.set(service, known)
    return known
  }

  /** Whether it is an instance of a service of the source, in the layout in which that would be written, that the source has not. */
  lacks(entry: Entry): boolean {
    if (entry.is !== 'instance') return false
    const there = this.#services.get(entry.service)
    const { layout } = entry.observed
    if (!there || layout === undefined || !there.layouts.has(layout)) return false
    return !there.ids.has(entry.instance.id) && !there.contents.has(contentOf(entry))
  }
}

/** Reads all of a source, before anything is changed. */
export async function surveyOf(
  context: Context,
  source: AsyncIterable<readonly InstanceEntry[]>,
  copier: Copier,
): Promise<Survey> {
  const survey = new Survey()
  const progress = startProgress(context, 'read')
  try {
    for await (const batch of copier.foresee(source)) {
      for (const each of batch) survey.add(each)
      progress.count(survey.count)
    }
  } finally {
    await progress.stop()
  }
  return survey
}

/** The plan for what the source has not, in its services. @throws RollcallError `forbidden` where these cannot be read whole */
export async function planPrune(
  context: Context,
  { survey, reason, flags, unreadable }: PruneRequest,
): Promise<PurgePlan> {
  if (unreadable !== undefined)
    throw new RollcallError('forbidden', `nothing is pruned where a part cannot be read: ${unreadable}`, {
      hint: 'use credentials that can read it, or leave out --prune',
    })
  const { services } = survey
  return await planPurge(await context.client(), {
    scope: { services: [...services] },
    inScope: ({ service }) => services.has(service),
    selects: (entry) => survey.lacks(entry),
    reasons: { asked: () => reason },
    guard: guardOf(flags),
    now: context.now(),
    trustClock: flags.trustClock,
    signal: context.signal,
  })
}

/** What is left of a plan: the source may have got an instance while the question was on the screen, and keeps that. */
export async function stillLacking(
  context: Context,
  { plan, survey, source }: Prune & { readonly source: string },
): Promise<PurgePlan> {
  const back = plan.entries.filter((entry) => !survey.lacks(entry)).map(subjectOf)
  for (const { service, id } of back) await context.say(`kept ${service}/${id}: it is in ${source} now`)
  const kept = new Set(back.flatMap(({ records }) => records.map((record) => record.id)))
  return { ...plan, records: plan.records.filter(({ key }) => !kept.has(key)) }
}

/** A plan, and what was met of the source. */
export interface Prune {
  readonly plan: PurgePlan
  readonly survey: Survey
}

interface PruneRequest {
  readonly survey: Survey
  /** Why what it has not is removed, for people. */
  readonly reason: string
  readonly flags: CopyFlags
  /** What of the target was not seen. */
  readonly unreadable: string | undefined
}
