import { framedAll } from './grpc.ts'
import type { Attempt } from './heartbeat-batch.ts'
import { MessageFields } from './wire-fields.ts'
import { encodeLease } from './wire-requests.ts'

/** Before the id of a lease in a framed request. */
const BEFORE_ID = 6

/** The answer to a heartbeat, where it lies: the bytes of its lease's id, and the seconds that the lease lasts, 0 or less when it is gone. */
export class HeartbeatAnswer {
  bytes: Buffer = Buffer.alloc(0)
  from = 0
  to = 0
  ttl = 0

  /** Decodes a LeaseKeepAliveResponse. Valid for as long as the bytes are. */
  read(bytes: Buffer, from: number, to: number): this {
    const fields = new MessageFields(bytes, from)
    this.bytes = bytes
    this.from = this.to = this.ttl = 0
    for (let field = fields.next(to); field !== 0; field = fields.next(to)) {
      if (field === 2) {
        this.from = fields.at
        fields.skip()
        this.to = fields.at
      } else if (field === 3) this.ttl = fields.number()
      else fields.skip()
    }
    if (this.ttl > Number.MAX_SAFE_INTEGER) this.ttl = -1
    return this
  }

  get lease(): string {
    return new MessageFields(this.bytes, this.from).hexadecimal()
  }
}

/** The leases of heartbeats, with the bytes of their requests. */
export interface FramedHeartbeats {
  readonly leases: readonly string[]
  readonly bytes: Buffer
}

export function framedHeartbeats(leases: readonly string[]): FramedHeartbeats {
  return { leases, bytes: framedAll(leases.map((lease) => encodeLease({ lease }))) }
}

/**
 * Heartbeats that were sent on one stream, and which of them are answered. etcd answers in the order in which they were sent, so an
 * answer nearly always has the id of the next request; a proxy answers in any order.
 */
export class SentHeartbeats {
  readonly #attempt: Attempt
  readonly #bytes: Buffer
  /** The place of the next that is answered in order, and where its request lies. */
  #next = 0
  #from = 0
  #unanswered: number
  /** The places of what was not answered when answers began to come in another order. */
  #others: Map<string, number> | undefined

  constructor(attempt: Attempt, bytes: Buffer) {
    this.#attempt = attempt
    this.#bytes = bytes
    this.#unanswered = attempt.leases.length
  }

  get areAnswered(): boolean {
    return this.#unanswered === 0
  }

  /** Whether the answer is to one of these. */
  take(answer: HeartbeatAnswer): boolean {
    const at = !this.#others && this.#isNext(answer) ? this.#advance() : this.#search(answer.lease)
    if (at === undefined) return false
    this.#unanswered -= 1
    this.#attempt.answer(at, answer.ttl)
    return true
  }

  #isNext({ bytes, from, to }: HeartbeatAnswer): boolean {
    if (this.#next === this.#attempt.leases.length) return false
    const id = this.#from + BEFORE_ID
    if (this.#end() - id !== to - from) return false
    for (let at = from; at < to; at++) if (bytes[at] !== this.#bytes[id + at - from]) return false
    return true
  }

  #advance(): number {
    this.#from = this.#end()
    return this.#next++
  }

  /** Where the next request ends: what is framed begins with its length. */
  #end(): number {
    return this.#from + BEFORE_ID - 1 + (this.#bytes[this.#from + BEFORE_ID - 2] ?? 0)
  }

  #search(lease: string): number | undefined {
    const { leases } = this.#attempt
    this.#others ??= new Map(leases.slice(this.#next).map((other, at) => [other, this.#next + at]))
    const at = this.#others.get(lease)
    this.#others.delete(lease)
    return at
  }
}
