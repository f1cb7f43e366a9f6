import { unlessAborted } from '../../model/signals.ts'
import { type EtcdCircumstances, explain } from './errors.ts'
import { CallFailure } from './calls.ts'
import type { EtcdMember } from './member.ts'

/** The members of one cluster. Requests go to the member that answered last; one that fails moves to the end of the list. */
export class Cluster implements Disposable {
  readonly #about: Omit<EtcdCircumstances, 'doing'>
  #members: readonly EtcdMember[]
  #sorting: Promise<void> | undefined

  constructor(members: readonly EtcdMember[], about: Omit<EtcdCircumstances, 'doing'>) {
    this.#members = members
    this.#about = about
  }

  get user(): string | undefined {
    return this.#about.user
  }

  /**
   * Asks one member after the other until one answers. `doing` completes messages such as "no permission to …". Throws a
   * RollcallError, or the signal's reason.
   */
  read<T>(doing: string, ask: (member: EtcdMember) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return unlessAborted(
      this.#ask(doing, ask, () => true),
      signal,
    )
  }

  /** Like `read`, but a request that a member may have carried out is not repeated. */
  write<T>(doing: string, ask: (member: EtcdMember) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return unlessAborted(
      this.#ask(doing, ask, (failure) => failure.wasNeverSent),
      signal,
    )
  }

  /** The best member for a new stream. */
  async best(signal: AbortSignal): Promise<EtcdMember> {
    await unlessAborted(this.#sort(), signal)
    const [best] = this.#members
    if (!best) throw await explain([], { ...this.#about, doing: '' })
    return best
  }

  /** Call it after a stream has failed: the next one then starts with another member. */
  demote(endpoint: string): void {
    const [first, ...others] = this.#members
    if (first?.endpoint === endpoint) this.#members = [...others, first]
  }

  /** The RollcallError for the failure of a stream. */
  async explain(failure: CallFailure, doing: string): Promise<Error> {
    return explain([failure], { ...this.#about, doing })
  }

  async #ask<T>(
    doing: string,
    ask: (member: EtcdMember) => Promise<T>,
    mayRepeat: (failure: CallFailure) => boolean,
  ): Promise<T> {
    const failures: CallFailure[] = []
    try {
      await this.#sort()
      for (const member of this.#members) {
        try {
          return await ask(member)
        } catch (error) {
          const failure = callFailure(error)
          failures.push(failure)
          if (failure.isOfTheMember) this.demote(failure.endpoint)
          if (!failure.isOfTheMember || !mayRepeat(failure)) break
        }
      }
    } catch (error) {
      if (!(error instanceof NobodyAnswers)) throw error
      failures.push(...error.failures)
    }
    throw await explain(failures, { ...this.#about, doing })
  }

  /** Before the first request, puts the member first that answers first, so that a dead host causes no delay. */
  async #sort(): Promise<void> {
    if (this.#members.length < 2) return
    this.#sorting ??= this.#race()
    try {
      await this.#sorting
    } catch (error) {
      this.#sorting = undefined
      throw error
    }
  }

  async #race(): Promise<void> {
    const failures: CallFailure[] = []
    const answers = this.#members.map(async (member, at) => {
      try {
        await member.ping()
      } catch (error) {
        const failure = callFailure(error)
        if (!failure.isOfTheMember) return member
        failures[at] = failure
        throw failure
      }
      return member
    })
    try {
      const first = await Promise.any(answers)
      this.#members = [first, ...this.#members.filter((member) => member !== first)]
    } catch {
      throw new NobodyAnswers(failures)
    }
  }

  [Symbol.dispose](): void {
    for (const member of this.#members) member[Symbol.dispose]()
  }
}

class NobodyAnswers extends Error {
  readonly failures: readonly CallFailure[]

  constructor(failures: readonly CallFailure[]) {
    super('no member answers')
    this.failures = failures
  }
}

function callFailure(error: unknown): CallFailure {
  if (error instanceof CallFailure) return error
  throw error
}
