import type { Backend, BeatResults, Registration } from '../backends/contract/backend.ts'
import { messageOf } from '../model/errors.ts'
import { onAbort } from '../model/signals.ts'
import { type BeatEnd, DAY, type Pulse, TOO_LATE } from './pulse.ts'

type BeatEach = NonNullable<Backend['beatEach']>

const ofBackends = new WeakMap<Backend, CommonHeartbeats>()

/**
 * What sends the heartbeats of a registration with those of others of its registry, each for as long as it is answered with `ok`.
 * Resolves with what else came of one, and rejects with the signal's reason. Undefined where each heartbeat is a request of its own.
 */
export function commonHeartbeats(
  backend: Backend,
  registration: Registration,
): ((pulse: Pulse, signal: AbortSignal) => Promise<BeatEnd>) | undefined {
  if (!backend.beatEach || registration.beatEarly === undefined) return undefined
  let all = ofBackends.get(backend)
  if (!all) ofBackends.set(backend, (all = new CommonHeartbeats(backend.beatEach.bind(backend))))
  return (pulse, signal) => all.keep(registration, pulse, signal)
}

/**
 * The heartbeats of all registrations of one registry that go well. What is due is sent with one call, together with what may be early.
 * Nothing is made for each heartbeat: of a thousand, promises and closures would be most of what keeping them costs.
 */
class CommonHeartbeats {
  readonly #beatEach: BeatEach
  readonly #members = new Set<Member>()
  #timer: NodeJS.Timeout | undefined
  /** When the timer rings; Infinity while there is none. */
  #rings = Infinity

  constructor(beatEach: BeatEach) {
    this.#beatEach = beatEach
  }

  keep(registration: Registration, pulse: Pulse, signal: AbortSignal): Promise<BeatEnd> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const stopListening = onAbort(signal, () => {
        this.#leave(member)
        reject(signal.reason)
      })
      const end = (what: BeatEnd): void => {
        stopListening()
        this.#leave(member)
        resolve(what)
      }
      const member = new Member(registration, pulse, end)
      this.#members.add(member)
      this.ringBy(member.next)
    })
  }

  #leave(member: Member): void {
    member.giveUp()
    this.#members.delete(member)
    if (this.#members.size > 0) return
    clearTimeout(this.#timer)
    this.#rings = Infinity
  }

  /** Keeps the process running until then, and then looks what is due. */
  ringBy(time: number): void {
    if (time >= this.#rings) return
    clearTimeout(this.#timer)
    this.#rings = time
    this.#timer = setTimeout(this.#ring, Math.min(DAY, Math.ceil(time - performance.now())))
  }

  readonly #ring = (): void => {
    this.#rings = Infinity
    const now = performance.now()
    // An iterator would make two objects for each of them.
    const all: Member[] = []
    this.#members.forEach((member) => all.push(member))
    if (all.some(({ next }) => next <= now)) this.#act(all, now)
    let next = Infinity
    this.#members.forEach((member) => {
      next = Math.min(next, member.next)
    })
    this.ringBy(next)
  }

  #act(members: readonly Member[], now: number): void {
    const ready: Member[] = []
    members.forEach((member) => {
      const { deadline } = member.pulse
      if (member.isUnderWay) {
        if (deadline <= now) member.end({ failure: TOO_LATE })
      } else if (member.due - member.early <= now) {
        if (deadline <= now) member.end('overdue')
        else ready.push(member)
      }
    })
    if (ready.length > 0) new Call(this, ready, now).send(this.#beatEach)
  }
}

/** One of them: it waits until its next heartbeat is due, or for the answer to one. */
class Member {
  readonly registration: Registration
  readonly pulse: Pulse
  /** Milliseconds by which a heartbeat may be early. */
  readonly early: number
  readonly end: (what: BeatEnd) => void
  due: number
  #call: Call | undefined
  #at = 0

  constructor(registration: Registration, pulse: Pulse, end: (what: BeatEnd) => void) {
    this.registration = registration
    this.pulse = pulse
    this.early = registration.beatEarly ?? 0
    this.end = end
    this.due = performance.now() + pulse.wait()
  }

  get isUnderWay(): boolean {
    return this.#call !== undefined
  }

  /** When there is something to do for it. */
  get next(): number {
    return this.#call ? this.pulse.deadline : this.due
  }

  sent(call: Call, at: number): void {
    this.#call = call
    this.#at = at
  }

  /** Whether this call was still waited for. */
  answered(call: Call): boolean {
    if (this.#call !== call) return false
    this.#call = undefined
    return true
  }

  giveUp(): void {
    this.#call?.giveUp(this.#at)
    this.#call = undefined
  }
}

/** Heartbeats that are sent together. */
class Call implements BeatResults {
  readonly #all: CommonHeartbeats
  readonly #members: readonly Member[]
  readonly #sentAt: number
  giveUp: (at: number) => void = () => {}

  constructor(all: CommonHeartbeats, members: readonly Member[], sentAt: number) {
    this.#all = all
    this.#members = members
    this.#sentAt = sentAt
  }

  send(beatEach: BeatEach): void {
    this.#members.forEach((member, at) => member.sent(this, at))
    this.giveUp = beatEach(
      this.#members.map(({ registration }) => registration),
      this,
    )
  }

  beaten(places: readonly number[]): void {
    let next = Infinity
    places.forEach((at) => {
      const member = this.#members[at]
      if (!member?.answered(this)) return
      member.pulse.answered(this.#sentAt)
      member.due = performance.now() + member.pulse.wait()
      next = Math.min(next, member.due)
    })
    this.#all.ringBy(next)
  }

  lost(at: number): void {
    const member = this.#members[at]
    if (member?.answered(this)) member.end('lost')
  }

  failed(at: number, error: unknown): void {
    const member = this.#members[at]
    if (member?.answered(this)) member.end({ failure: messageOf(error) })
  }
}
