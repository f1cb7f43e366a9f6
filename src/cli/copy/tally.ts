import { driverFor } from '../../backends/index.ts'
import { outcomeOfError } from '../../backends/contract/outcome.ts'
import type { CarriedField } from '../../client/copy/carried.ts'
import type { Copied } from '../../client/copy/copy.ts'
import { type ErrorCode, RollcallError } from '../../model/errors.ts'
import { targetWord } from '../../model/target-word.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { amount, grouped } from '../../model/count.ts'

type Counted = 'created' | 'replaced' | 'unchanged' | 'planned' | 'failed'

/** How many, and the first of them. */
interface Loss {
  count: number
  readonly first: string
}

/** What became of all instances of a source, in numbers. */
export class CopyTally {
  /** Of the source. */
  total = 0
  /** What ended it, where that concerns more than one instance. */
  stopped: RollcallError | undefined
  /** Those that were sent and never answered. */
  inDoubt = 0
  readonly #counts = new Map<Counted, number>()
  readonly #codes = new Set<ErrorCode>()
  readonly #hints = new Set<string>()
  readonly #lost = new Map<CarriedField, Loss>()
  /** Of those to be written in another layout than that of the source: both, as a text. */
  readonly #relaid = new Map<string, Loss>()

  add({ entry, carried, result, attempted, stops }: Copied): void {
    this.total++
    if (result instanceof RollcallError) {
      this.#count('failed')
      this.#codes.add(result.code)
      if (result.hint !== undefined) this.#hints.add(result.hint)
      if (attempted && outcomeOfError('', result).result === 'in-doubt') this.inDoubt++
      if (stops) this.stopped ??= result
      return
    }
    this.#count(result === 'renewed' ? 'unchanged' : result)
    for (const field of carried?.lost ?? []) note(this.#lost, field, entry)
    const [from, to] = [entry.observed.layout, carried?.layout]
    if (from === undefined || from === 'service' || from === to || result === 'unchanged') return
    if (to !== undefined && to !== 'service') note(this.#relaid, `${to}, not ${from}`, entry)
  }

  #count(what: Counted): void {
    this.#counts.set(what, this.of(what) + 1)
  }

  of(what: Counted): number {
    return this.#counts.get(what) ?? 0
  }

  /** How many were registered. */
  get done(): number {
    return this.of('created') + this.of('replaced')
  }

  /** Reports what the registry has no place for, what to do about errors, and the numbers. `removing`: records that go besides. */
  async say(context: Context, from: string, removing = 0): Promise<void> {
    for (const [field, { count, first }] of this.#lost)
      context.logger.warn(
        `${LOST[field]} of ${count === 1 ? first : `${amount(count, 'instance')}, ${first} first,`} ${field === 'status' ? 'is not written: it will be up' : 'cannot be stored here'}`,
      )
    await this.#sayLayouts(context)
    for (const hint of this.#hints) await context.say(hint)
    const [planned, created, replaced] = [this.of('planned'), this.of('created'), this.of('replaced')]
    const counts = [
      planned > 0 && `${grouped(planned)} to register`,
      created > 0 && `${grouped(created)} created`,
      replaced > 0 && `${grouped(replaced)} replaced`,
      removing > 0 && `${amount(removing, 'record')} to remove`,
      `${grouped(this.of('unchanged'))} already there`,
      this.of('failed') > 0 && `${grouped(this.of('failed'))} failed`,
    ]
    const nothing = this.of('unchanged') === this.total && removing === 0 ? 'nothing to change: ' : ''
    await context.say(`${nothing}${amount(this.total, 'instance')} in ${from}: ${counts.filter(Boolean).join(', ')}`)
  }

  /** Where nobody named the layout, and the registry has a choice of them. */
  async #sayLayouts(context: Context): Promise<void> {
    const { target } = await context.resolved()
    if (target.layout !== 'auto' || (driverFor(target.url.scheme)?.layouts.length ?? 0) < 2) return
    for (const [layouts, { count, first }] of this.#relaid)
      await context.say(
        `${count === 1 ? first : `${amount(count, 'instance')}, ${first} first,`} in layout ${layouts}: ?layout=NAME in the URL of the target chooses it`,
      )
  }

  /** 0 when all is there; 5 when a part is; else the status of what kept all from it. */
  get status(): number {
    const failed = this.of('failed')
    if (failed === 0) return 0
    const [code, ...others] = this.#codes
    return statusOf(code === undefined || others.length > 0 || failed < this.total ? 'partial' : code)
  }
}

function note<Key>(losses: Map<Key, Loss>, key: Key, { service, instance }: Copied['entry']): void {
  const loss = losses.get(key) ?? { count: 0, first: targetWord(service, instance.id) }
  loss.count++
  losses.set(key, loss)
}

/** How people call them. */
const LOST: Readonly<Record<CarriedField, string>> = {
  id: 'the id',
  version: 'the version',
  metadata: 'metadata',
  endpoints: 'an endpoint',
  weight: 'the weight',
  env: 'the environment',
  status: 'the status',
  tags: 'the tags',
  serviceKind: 'the kind of service',
}
