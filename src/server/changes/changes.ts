import type { FastifyRequest } from 'fastify'
import type { ServedSite } from '../site.ts'
import { RollcallError } from '../../model/errors.ts'
import { FAILURE } from '../answer.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import { planHost } from './drain.ts'
import { planDeregister, planMalformed, planStatus } from './instances.ts'
import { type AskedChange, type ChangeAction, type ChangeDone, type PlannedChange, isDigestOf } from './planned.ts'
import { type ListedRun, listRuns, planBack } from './undo.ts'

/** Digests that are remembered at most. */
const REMEMBERED = 10_000

/** The registry has changed since a plan was shown, or the plan was applied already. `plan` is what there is now. */
export class PlanChanged extends Error {
  readonly plan: PlannedChange | undefined

  constructor(message: string, plan?: PlannedChange) {
    super(message)
    this.plan = plan
  }
}

/** A plan, and what became of it. */
export interface Applied {
  readonly plan: PlannedChange
  readonly done: ChangeDone
}

export interface ApplyOptions {
  readonly asked: AskedChange
  readonly digest: string
  /** What was typed as the name of the context. */
  readonly confirm: string | undefined
  readonly note: (applied: Applied) => void
}

/**
 * Plans of changes, and how they are carried out: one after the other, each once, and only as it was shown. What a plan holds is
 * made anew for every request; of what a client sends only the digest is compared.
 */
export class Changes {
  readonly #site: ServedSite
  /** What the plans are for: the same digest means another thing elsewhere. */
  readonly #place: string
  readonly #confirm: string | undefined
  readonly #applied = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  /** `confirm`: the name that has to be typed before anything is changed. */
  constructor(site: ServedSite, confirm: string | undefined) {
    this.#site = site
    this.#confirm = confirm
    const { display, prefix, layout } = site.client.target
    this.#place = JSON.stringify([display, prefix ?? null, layout])
  }

  get place(): string {
    return this.#place
  }

  get confirm(): string | undefined {
    return this.#confirm
  }

  /** @throws RefusedRequest; RollcallError what the registry throws, and `refused` for what is protected */
  async plan(registry: ScopedRegistry, asked: AskedChange): Promise<PlannedChange> {
    const site = this.#siteFor(registry)
    const plan = await this.#withBackups(() => PLANNERS[asked.action](site, registry, asked))
    // Once more for all of them, whatever chose them.
    registry.requireOwn(plan.records)
    return plan
  }

  async runs(registry: ScopedRegistry): Promise<ListedRun[]> {
    return await this.#withBackups(() => listRuns(this.#siteFor(registry), registry))
  }

  /** Resolves when nothing is being changed any more. What is under way ends with the signal of the site. */
  async ended(): Promise<void> {
    await this.#last
  }

  /**
   * Carries out the plan with this digest. Another change of this server is waited for first. `note` keeps what became of it, before
   * the next one begins.
   *
   * @throws PlanChanged where the registry would get another plan now; RefusedRequest where a guard refuses it
   */
  async apply(
    request: FastifyRequest,
    registry: ScopedRegistry,
    { asked, digest, confirm, note }: ApplyOptions,
  ): Promise<Applied> {
    if (this.#confirm !== undefined && confirm !== this.#confirm)
      throw new RefusedRequest(FAILURE.badRequest, `confirm has to be the name of the context: ${this.#confirm}`)
    return await this.#inTurn(async () => {
      this.#site.signal.throwIfAborted()
      // The token can have been withdrawn while it waited.
      if (request.raw.socket.destroyed) throw new RefusedRequest(FAILURE.badRequest, 'the client is gone')
      const plan = await this.plan(registry, asked).catch((error: unknown) => {
        if (error instanceof RefusedRequest && error.code === FAILURE.notFound) throw new PlanChanged(error.message)
        throw error
      })
      if (this.#applied.has(digest)) throw new PlanChanged('this plan was applied already', plan)
      if (!isDigestOf(digest, this.#place, plan))
        throw new PlanChanged('the registry is no longer as it was planned; nothing was changed', plan)
      requireAllowed(plan)
      this.#remember(digest)
      const applied = { plan, done: await this.#withBackups(plan.carryOut) }
      note(applied)
      return applied
    })
  }

  #siteFor({ identity }: ScopedRegistry): ServedSite {
    return { ...this.#site, user: `${identity.name} over HTTP` }
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return await turn
  }

  #remember(digest: string): void {
    this.#applied.add(digest)
    const [oldest = ''] = this.#applied
    if (this.#applied.size > REMEMBERED) this.#applied.delete(oldest)
  }

  /** What goes wrong with a backup names its file, which only the log has. */
  async #withBackups<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof RollcallError) || error.code !== 'usage') throw error
      this.#site.logger.warn(error.message)
      throw new RefusedRequest(FAILURE.internal, 'a backup cannot be read or written; the log of this server says why')
    }
  }
}

type Planner = (site: ServedSite, registry: ScopedRegistry, asked: AskedChange) => Promise<PlannedChange>

const PLANNERS: Readonly<Record<ChangeAction, Planner>> = {
  offline: planStatus,
  online: planStatus,
  deregister: planDeregister,
  drain: planHost,
  'purge-malformed': planMalformed,
  undo: planBack,
}

/** @throws RefusedRequest `forbidden` when a guard refuses the plan that is not lifted */
function requireAllowed({ asked, items, refusals }: PlannedChange): void {
  const standing = refusals.filter(({ liftedBy }) => liftedBy !== 'force' || asked.force !== true)
  if (standing.length > 0)
    throw new RefusedRequest(
      FAILURE.forbidden,
      `the whole plan is refused: ${standing.map(({ fact }) => fact).join('; ')}`,
    )
  if (!items.some(({ result }) => result === 'planned'))
    throw new RefusedRequest(FAILURE.badRequest, 'there is nothing to do')
}
