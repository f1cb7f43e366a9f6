import { byServiceName } from '../../backends/contract/service-order.ts'
import type { LintCounts } from '../../lint/check.ts'
import type { Finding } from '../../lint/finding.ts'
import { SEVERITIES } from '../../lint/rule.ts'
import { RollcallError } from '../../model/errors.ts'
import { EMPTY_BASELINE } from '../../reports/baseline.ts'
import { checkKeys, judgeKeys } from '../../client/check/check-keys.ts'
import {
  type CheckFlags,
  type Task,
  failOnOf,
  fails,
  nothingUnder,
  prepare,
  tallyText,
  withProgress,
} from '../check-keys/task.ts'
import type { Context, OneRegistry, SeveralRegistries } from '../command.ts'
import { findingsTable } from '../output/findings.ts'
import type { Progress } from '../output/progress.ts'
import { type VerdictItem, verdictItem, verdictsTable } from '../output/verdicts.ts'
import { sayForeign } from '../select/alternatives.ts'
import { unanswered } from '../select/listing.ts'
import { merged } from './merged.ts'
import { severalList } from './table.ts'

/** `check-keys` over several registries: the findings, or with `--list` the keys, of each. */
export async function checkSeveral(
  context: Context,
  registries: SeveralRegistries,
  words: readonly string[],
  flags: CheckFlags,
): Promise<number> {
  refuseOfOne(flags)
  const run = await withProgress(context, async (shown, progress) => {
    const tasks = new SeveralTasks(words, flags, progress)
    await (flags.list ? listVerdicts(shown, registries, tasks) : listFindings(shown, registries, tasks))
    return tasks
  })
  await context.say(tallyText(run.counts))
  await run.sayForeign(context)
  registries.requireAll()
  run.requireFound()
  return fails(run.counts, failOnOf(flags)) ? 1 : 0
}

/** A baseline is of one registry's keys, and rules need none. */
function refuseOfOne({ baseline, writeBaseline, listRules, explain }: CheckFlags): void {
  const given = {
    '--baseline': baseline,
    '--write-baseline': writeBaseline,
    '--list-rules': listRules,
    '--explain': explain,
  }
  const flag = Object.entries(given).find(([, value]) => value !== undefined && value !== false)?.[0]
  if (flag !== undefined)
    throw new RollcallError('usage', `${flag} is not for several registries`, { hint: 'name one of them with -c' })
}

/** The check of each registry, and what all of them have counted. */
class SeveralTasks {
  readonly counts: LintCounts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0 }
  readonly #words: readonly string[]
  readonly #flags: CheckFlags
  readonly #progress: Progress
  readonly #looked = new Map<string, number>()
  readonly #tasks = new Map<string, Task>()

  constructor(words: readonly string[], flags: CheckFlags, progress: Progress) {
    this.#words = words
    this.#flags = flags
    this.#progress = progress
  }

  async prepare({ name, context }: OneRegistry): Promise<Task> {
    const count = (looked: number): void => {
      this.#looked.set(name, looked)
      this.#progress.count([...this.#looked.values()].reduce((sum, each) => sum + each, 0))
    }
    const progress = { ...this.#progress, count }
    const task = await prepare(context, this.#words, { flags: this.#flags, progress, baseline: EMPTY_BASELINE })
    this.#tasks.set(name, task)
    return task
  }

  add(counts: LintCounts): void {
    for (const name of ['records', 'foreign', ...SEVERITIES] as const) this.counts[name] += counts[name]
  }

  /** What of each belongs to other programs. */
  async sayForeign(context: Context): Promise<void> {
    for (const [name, { client, foreign }] of this.#tasks)
      await sayForeign({ ...context, say: (line) => context.say(`${name}: ${line}`) }, client, foreign.result())
  }

  /** A service that one of them has was found. @throws RollcallError `not-found` */
  requireFound(): void {
    const tasks = [...this.#tasks.values()]
    const [first] = tasks
    if (!first) return
    const missing = unanswered(first.listing, new Set(tasks.flatMap(({ seen }) => Array.from(seen))))
    if (missing.length > 0) throw nothingUnder(missing)
  }
}

async function listFindings(context: Context, registries: SeveralRegistries, run: SeveralTasks): Promise<void> {
  const writer = await severalList(context, registries, 'FindingList', findingsTable)
  const open = async function* (one: OneRegistry): AsyncGenerator<readonly Finding[], void, undefined> {
    const { client, judging } = await run.prepare(one)
    const findings = await checkKeys(client, { ...judging, leaseKeys: true })
    yield* findings
    run.add(findings.counts)
  }
  for await (const batch of merged(registries, open, byService))
    for (const { registry, item } of batch) await writer.row({ registry, ...item })
  await writer.end({ asOf: context.now() })
}

async function listVerdicts(context: Context, registries: SeveralRegistries, run: SeveralTasks): Promise<void> {
  const writer = await severalList(context, registries, 'VerdictList', verdictsTable)
  const open = async function* (one: OneRegistry): AsyncGenerator<readonly VerdictItem[], void, undefined> {
    const task = await run.prepare(one)
    const counts = { records: 0, foreign: 0, error: 0, warning: 0, info: 0, ok: 0 }
    for await (const batch of judgeKeys(task.client, task.judging))
      yield batch.map((each) => {
        counts.records++
        counts[each.verdict]++
        return verdictItem(each)
      })
    run.add(counts)
  }
  for await (const batch of merged(registries, open, byService))
    for (const { registry, item } of batch) await writer.row({ registry, ...item })
  await writer.end({ asOf: context.now() })
}

/** Within a service they come as each registry has them. */
function byService(a: { readonly service: string }, b: { readonly service: string }): number {
  return a.service === b.service ? 0 : byServiceName(a.service, b.service)
}
