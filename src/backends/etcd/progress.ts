import { anyOf } from '../../model/signals.ts'
import { CallFailure, Status } from './calls.ts'
import type { History } from './history.ts'
import type { EtcdMember } from './member.ts'
import type { WatchAnswer } from './wire.ts'
import { encodeProgressRequest, type WatchQuestion } from './wire-requests.ts'

/** Milliseconds until a question is asked again: as long as a server is still sending what is past, it does not answer. */
const FIRST_DELAY = 50
const LONGEST_DELAY = 500
/** So many questions without a word, about three seconds, are one to a server that does not know them, as etcd's own gRPC proxy. */
const MOST_QUESTIONS = 8

/** The server has not said how far its watches are. */
export class Unanswered extends Error {
  constructor() {
    super('the server does not say how far its watches are')
    this.name = 'Unanswered'
  }
}

/** Whether this member can say how far its watches are. */
export async function tellsProgress(member: Pick<EtcdMember, 'status'>, signal: AbortSignal): Promise<boolean> {
  try {
    const { version } = await member.status(signal)
    return isReliable(version)
  } catch (error) {
    const code = error instanceof CallFailure ? error.code : undefined
    // Only root may ask for the status since 3.5.28 and 3.6.0, and anyone could before.
    if (code === Status.permissionDenied) return true
    if (code === Status.unimplemented) return false
    throw error
  }
}

/**
 * Whether what this version of etcd says of its watches is true when it says it: before, its answer could overtake a change
 * (etcd's issue 15220), or fail to come (17557).
 */
export function isReliable(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (major !== 3 || minor > 5) return major >= 3
  return minor === 5 ? patch >= 13 : minor === 4 && patch >= 31
}

/**
 * The messages of several watches on one stream. As long as the history holds a change of one range back, the server is asked
 * how far all of them are: etcd answers once it has sent what there is up to a revision, after that. Throws Unanswered where no
 * answer ever comes.
 */
export async function* inStep(
  member: EtcdMember,
  watches: readonly WatchQuestion[],
  history: History,
  signal: AbortSignal,
): AsyncGenerator<WatchAnswer, void, undefined> {
  const asking = new Asking()
  const signals = anyOf(signal, asking.unanswered)
  let created = 0
  try {
    for await (const answer of member.watch(watches, signals, (write) => asking.begin(write))) {
      asking.hear(answer)
      if (answer.created) created++
      yield answer
      // An answer that came before both watches began would be true of one of them.
      if (created === watches.length) asking.wait(history.isHolding)
    }
  } finally {
    asking.end()
  }
}

/** The questions on one stream, one at a time. The first is asked at once, to learn whether this server answers. */
class Asking {
  readonly #unanswered = new AbortController()
  readonly unanswered = this.#unanswered.signal
  #write: ((requests: readonly Buffer[]) => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #delay = FIRST_DELAY
  #questions = 0
  #wasAnswered = false
  /** Whether a message is waited for; not while the caller takes its time with the one before. */
  #isWaiting = false

  begin(write: (requests: readonly Buffer[]) => void): void {
    this.#write = write
  }

  hear({ isOfAll }: WatchAnswer): void {
    this.#isWaiting = false
    this.#questions = 0
    if (!isOfAll) return
    this.#wasAnswered = true
    this.#delay = FIRST_DELAY
    this.end()
  }

  wait(isHolding: boolean): void {
    this.#isWaiting = true
    if (this.#timer === undefined && (isHolding || !this.#wasAnswered)) this.#ask()
  }

  #ask(): void {
    if (this.#isWaiting && ++this.#questions > MOST_QUESTIONS) {
      this.#unanswered.abort(new Unanswered())
      return
    }
    if (this.#isWaiting) this.#write?.([encodeProgressRequest()])
    this.#timer = setTimeout(() => this.#ask(), this.#delay)
    this.#delay = Math.min(2 * this.#delay, LONGEST_DELAY)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
