import type * as Interface from '../contract/backend.ts'
import type { RawRecord } from '../../model/record.ts'
import { unlessAbsent } from './agent.ts'
import type { Identity } from './agents.ts'
import type { Consul } from './backend.ts'
import { pass } from './renew.ts'
import { settled } from './settle.ts'
import { anything } from './shapes.ts'
import { isAt } from './status.ts'

/** One service of Consul's that a registration consists of. */
export interface Part {
  readonly consulName: string
  readonly id: string
  /** Of what the agent holds: another one means that somebody else took the id. */
  readonly hash: string
  readonly record: RawRecord
}

interface Content {
  readonly action: Interface.Registration['action']
  readonly parts: readonly Part[]
  /** Seconds of the TTL, and milliseconds from its end to the removal; left out where no heartbeat is needed. */
  readonly ttl: { readonly seconds: number; readonly deregisterAfter: number } | undefined
  readonly keepAlive: boolean
}

/** Milliseconds between two looks at a registration that is kept without a TTL check. */
const LOOK_EVERY = 10_000

/** What was registered with one agent. */
export class HeldRegistration implements Interface.Registration {
  readonly action: Interface.Registration['action']
  readonly records: readonly RawRecord[]
  expiresAt?: number
  unhealthyAt?: number
  readonly beatEvery?: number
  readonly #consul: Consul
  readonly #home: Identity
  readonly #content: Content
  #left = false

  constructor(consul: Consul, home: Identity, content: Content) {
    this.#consul = consul
    this.#home = home
    this.#content = content
    this.action = content.action
    this.records = content.parts.map(({ record }) => record)
    // Half of the TTL, as Kratos does.
    if (content.ttl) this.beatEvery = (content.ttl.seconds * 1000) / 2
    else if (content.keepAlive) this.beatEvery = LOOK_EVERY
    this.#prolong()
  }

  /** Lost: the agent has forgotten it, or has another one under its id. */
  async beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    const { parts, ttl } = this.#content
    const doing = `keep ${parts.map(({ id }) => `"${id}"`).join(' and ')} alive`
    const alive = await this.#consul.catalogue.agents.tell(doing, async () => {
      for (const part of parts) {
        if (!(await this.#isOurs(part, signal))) return false
        if (ttl && !(await pass(this.#home, `service:${part.id}`, signal))) return false
      }
      return true
    })
    if (alive) this.#prolong()
    return alive ? 'ok' : 'lost'
  }

  async release(): Promise<void> {
    this.#left = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#left) return
    this.#left = true
    const { catalogue, timeout } = this.#consul
    for (const part of this.#content.parts) {
      const { id, consulName } = part
      const removed = await catalogue.agents.tell(`deregister "${id}"`, async () => {
        const ours = await this.#isOurs(part)
        return ours && (await deregister(this.#home, id))
      })
      const isGone = (entry: Parameters<typeof isAt>[0]) => !isAt(entry, id, this.#home.node)
      if (removed)
        await settled(catalogue, consulName, (entries) => entries.every(isGone), {
          signal: undefined,
          patience: timeout,
        })
    }
  }

  async #isOurs({ id, hash }: Part, signal?: AbortSignal): Promise<boolean> {
    const local = await this.#home.agent.service(id, signal)
    return local?.ContentHash === hash
  }

  #prolong(): void {
    const { ttl } = this.#content
    if (!ttl) return
    this.unhealthyAt = this.#consul.now() + ttl.seconds * 1000
    this.expiresAt = this.unhealthyAt + ttl.deregisterAfter
  }
}

/** Whether the agent had it. */
export async function deregister({ agent }: Identity, id: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await unlessAbsent(() =>
    agent.ask((consul, common) => consul.agent.service.deregister({ ...common, id }), anything, { signal }),
  )
  return answer !== undefined
}
