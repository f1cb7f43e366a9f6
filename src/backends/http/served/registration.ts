import { RollcallError } from '../../../model/errors.ts'
import { type InstanceInit, ServiceInstance } from '../../../model/instance.ts'
import type { Registration, WriteOptions } from '../../contract/backend.ts'
import { isJsonObject } from '../protocol.ts'
import type { RegisterRequest } from '../wire.ts'
import { encode, recordsIn, type ServedRecord, isServed } from './record.ts'
import type { Served } from './description.ts'
import type { Outcome } from '../../../model/record.ts'
import { option } from '../../../model/wording.ts'
import { change } from './change.ts'
import { scan } from './scan.ts'

/** How often another process may write between reading and removing. */
const ATTEMPTS = 16

/** What a server registered, and how long it lives. */
export class ServedRegistration implements Registration {
  readonly action: Registration['action']
  readonly records: readonly ServedRecord[]
  readonly beatEvery: number | undefined
  readonly beat: Registration['beat']
  expiresAt: number | undefined
  unhealthyAt: number | undefined
  readonly #served: Served
  /** Milliseconds after a heartbeat until it ends, and until it is unhealthy. */
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

  /** Renews the records, whatever their status is now, and looks at how they were before. */
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

  /** Removes the records that still say what this registration wrote; those that others have changed stay. */
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

/** Registers through the server, under the instance's own id. @throws RollcallError; the signal's reason */
export async function register(served: Served, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  encode(served, instance, options)
  checkTtl(options)
  const { ttl, weight, env, replace, keepAlive, signal } = options
  const doing = `register ${instance.name}/${instance.id}`
  const body: RegisterRequest = { instance, ttl, weight, env, replace, keepAlive }
  try {
    const answer = await served.api.call({ method: 'POST', path: '/records', body, doing, signal })
    return registrationIn(served, answer)
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'conflict') throw error
    const hint = `choose another id, or replace what is there with ${option('replace')}`
    throw new RollcallError(error.code, error.message, { hint, cause: error.cause })
  }
}

/** Refuses numbers that JSON does not have. */
function checkTtl({ ttl }: WriteOptions): void {
  if (ttl === undefined || ttl === null || Number.isFinite(ttl)) return
  throw new RollcallError('usage', `${ttl}s is not a valid TTL`, { hint: 'use whole seconds' })
}

const ACTIONS = ['created', 'renewed', 'replaced', 'unchanged'] as const

function registrationIn(served: Served, answer: unknown): Registration {
  const data = isJsonObject(answer) ? answer : {}
  const action = ACTIONS.find((each) => each === data['action'])
  if (!action)
    throw new RollcallError(
      'wrong-server',
      `http: ${served.api.target.display}: the answer does not contain what it registered`,
    )
  const { expiresAt, unhealthyAt, beatEvery } = data
  return new ServedRegistration(served, action, recordsIn(data['records']), {
    ...(typeof expiresAt === 'number' && { expiresAt }),
    ...(typeof unhealthyAt === 'number' && { unhealthyAt }),
    ...(typeof beatEvery === 'number' && { beatEvery }),
  })
}
