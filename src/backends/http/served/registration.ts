import { ServiceInstance } from '../../../model/instance.ts'
import type { Outcome } from '../../../model/record.ts'
import type { Registration } from '../../contract/backend.ts'
import { change } from './change.ts'
import { type ServedRecord, isServed } from './record.ts'
import { scan } from './scan.ts'
import type { Served } from './served.ts'

/** How often another may write between reading and removing. */
const ATTEMPTS = 16

export class ServedRegistration implements Registration {
  readonly action: Registration['action']
  readonly records: readonly ServedRecord[]
  readonly beatEvery: number | undefined
  readonly beat: Registration['beat']
  expiresAt: number | undefined
  unhealthyAt: number | undefined
  readonly #served: Served
  /** Milliseconds from one heartbeat to its end, and to its being unhealthy. */
  readonly #lasts: number
  readonly #isHealthyFor: number
  #ended = false

  constructor(
    served: Served,
    action: Registration['action'],
    records: readonly ServedRecord[],
    { expiresAt, unhealthyAt, beatEvery }: Pick<Registration, 'expiresAt' | 'unhealthyAt' | 'beatEvery'>,
  ) {
    this.#served = served
    this.action = action
    this.records = records
    this.expiresAt = expiresAt
    this.unhealthyAt = unhealthyAt
    this.beatEvery = beatEvery
    this.#lasts = expiresAt === undefined ? 0 : expiresAt - served.now()
    this.#isHealthyFor = unhealthyAt === undefined ? 0 : unhealthyAt - served.now()
    this.beat = beatEvery === undefined ? undefined : (signal) => this.#beat(signal)
  }

  /** Renews what is there, whatever others made of its status, and looks at what it was. */
  async #beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    const now = this.#served.now()
    const marks = this.records.map(({ revision: _, ...record }) => record)
    for await (const outcome of change(this.#served.api, marks, { kind: 'renew', signal })) {
      if (outcome.result === 'absent') return 'lost'
      if (outcome.error) throw outcome.error
      if (outcome.result !== 'done' || !this.#isOurs(outcome.before)) return 'lost'
    }
    if (this.expiresAt !== undefined) this.expiresAt = now + this.#lasts
    if (this.unhealthyAt !== undefined) this.unhealthyAt = now + this.#isHealthyFor
    return 'ok'
  }

  /** Whether a record says what this registration wrote, times and status apart. */
  #isOurs(record: ServedRecord | undefined): boolean {
    const own = this.records.find(({ id }) => id === record?.id)?.reading
    const other = record?.reading
    if (own?.is !== 'instance' || other?.is !== 'instance') return false
    const { weight, env } = own.observed
    return (
      ServiceInstance.equal(own.instance, other.instance) &&
      other.observed.weight === weight &&
      other.observed.env === env
    )
  }

  release(): Promise<void> {
    this.#ended = true
    return Promise.resolve()
  }

  /** Removes what still says what this registration wrote; what others made of it stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.#ended; attempt++) {
      const outcomes: Outcome[] = []
      for await (const outcome of change(this.#served.api, await this.#own(), { kind: 'remove' }))
        outcomes.push(outcome)
      const failed = outcomes.find(({ error }) => error)
      if (failed?.error) throw failed.error
      this.#ended = outcomes.every(({ result }) => result !== 'changed')
    }
  }

  async #own(): Promise<ServedRecord[]> {
    const services = [...new Set(this.records.map(({ service }) => service))]
    const own: ServedRecord[] = []
    for await (const page of scan(this.#served.api, { services }, {}))
      own.push(...page.records.filter(isServed).filter((record) => this.#isOurs(record)))
    return own
  }
}
