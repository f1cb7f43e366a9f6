import type { ChannelOptions, Metadata, connectivityState, experimental, status } from '@grpc/grpc-js'
import { Outliers } from '../balance/outliers.ts'
import { type Strategy, strategyOf } from '../balance/strategy.ts'
import type { PickCandidate } from '../client/candidate.ts'
import type { Grpc } from './grpc-js.ts'

/** What @grpc/grpc-js knows the policy by. */
export const WEIGHTED = 'rollcall_weighted'

/** As of `BalancerOptions`. */
const OUTLIERS = { failures: 3, leftOutFor: 30_000 } as const

/** The attribute that carries the candidates from the resolver to the policy, and no further. */
const attributeOf = ({ experimental: { SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX } }: Grpc): string =>
  `${SUBCHANNEL_ARGS_EXCLUDE_KEY_PREFIX}.rollcall_candidates`

/** What the policy is to know of the endpoints beside their addresses: in their order. */
export function attributesOf(grpc: Grpc, candidates: readonly PickCandidate[]): Record<string, unknown> {
  return { [attributeOf(grpc)]: candidates }
}

export function endpointOf(
  { experimental: { splitHostPort } }: Grpc,
  { address }: PickCandidate,
): experimental.Endpoint {
  const { host, port } = splitHostPort(address) ?? { host: address }
  return { addresses: [port === undefined ? { host, port: 443 } : { host, port }] }
}

/** An instance and its connection. */
interface Child {
  readonly candidate: PickCandidate
  readonly leaf: experimental.LeafLoadBalancer
}

/** Makes the policy known to a copy of @grpc/grpc-js: of the connected instances each gets as many calls as it weighs, evenly spread. */
export function registerWeighted(grpc: Grpc): void {
  const { experimental: lb, connectivityState: State } = grpc
  if (lb.isLoadBalancerNameRegistered(WEIGHTED)) return

  class WeightedConfig implements experimental.TypedLoadBalancingConfig {
    static createFromJson(): WeightedConfig {
      return new WeightedConfig()
    }

    getLoadBalancerName(): string {
      return WEIGHTED
    }

    toJsonObject(): object {
      return { [WEIGHTED]: {} }
    }
  }

  class WeightedLoadBalancer implements experimental.LoadBalancer {
    readonly #channel: experimental.ChannelControlHelper
    readonly #ofChildren: experimental.ChannelControlHelper
    readonly #choice = new Choice(grpc)
    #children: ReadonlyMap<string, Child> = new Map()
    #isUpdating = false
    #state: connectivityState = State.IDLE
    #lastError = ''

    constructor(channel: experimental.ChannelControlHelper) {
      this.#channel = channel
      this.#ofChildren = lb.createChildChannelControlHelper(channel, {
        updateState: (_state, _picker, error) => {
          this.#lastError = error ?? this.#lastError
          this.#update()
        },
      })
    }

    updateAddressList(
      endpoints: experimental.StatusOr<experimental.Endpoint[]>,
      _config: experimental.TypedLoadBalancingConfig,
      options: ChannelOptions,
      note: string,
    ): boolean {
      if (!endpoints.ok) {
        if (this.#children.size === 0) this.#unavailable(endpoints.error.details)
        return true
      }
      const candidates = options[attributeOf(grpc)] as readonly PickCandidate[]
      const before = this.#children
      this.#isUpdating = true
      const list = endpoints.value.flatMap((endpoint, at): [string, Child][] => {
        const candidate = candidates[at]
        if (!candidate) return []
        const key = `${candidate.address} ${candidate.key}`
        const leaf = before.get(key)?.leaf ?? new lb.LeafLoadBalancer(endpoint, this.#ofChildren, options, note)
        return [[key, { candidate, leaf }]]
      })
      this.#children = new Map(list)
      this.#choice.keep(candidates)
      for (const [key, { leaf }] of this.#children) if (!before.has(key)) leaf.startConnecting()
      for (const [key, { leaf }] of before) if (!this.#children.has(key)) leaf.destroy()
      this.#isUpdating = false
      if (this.#children.size === 0) this.#unavailable(note)
      else this.#update()
      return true
    }

    #update(): void {
      if (this.#isUpdating || this.#children.size === 0) return
      const children = [...this.#children.values()]
      const has = (state: connectivityState): boolean =>
        children.some(({ leaf }) => leaf.getConnectivityState() === state)
      const ready = children.filter(({ leaf }) => leaf.getConnectivityState() === State.READY)
      // Who has lost a connection is to have one again, whether or not a call asks for it.
      for (const { leaf } of children) if (leaf.getConnectivityState() === State.IDLE) leaf.exitIdle()
      if (ready.length > 0) this.#report(State.READY, this.#choice.among(ready))
      else if (has(State.CONNECTING) || has(State.IDLE)) this.#report(State.CONNECTING, new lb.QueuePicker(this))
      else this.#unavailable(`no instance can be connected to. Last error: ${this.#lastError}`)
    }

    #unavailable(details: string): void {
      this.#choice.among([])
      this.#report(State.TRANSIENT_FAILURE, new lb.UnavailablePicker({ details }), details)
    }

    #report(state: connectivityState, picker: experimental.Picker, error: string | null = null): void {
      const wasReady = this.#state === State.READY
      this.#state = state
      this.#channel.updateState(state, picker, error)
      if (wasReady && state !== State.READY) this.#channel.requestReresolution()
    }

    exitIdle(): void {}

    resetBackoff(): void {}

    destroy(): void {
      const children = [...this.#children.values()]
      this.#children = new Map()
      for (const { leaf } of children) leaf.destroy()
    }

    getTypeName(): string {
      return WEIGHTED
    }
  }

  lb.registerLoadBalancerType(WEIGHTED, WeightedLoadBalancer, WeightedConfig)
}

/** What one channel remembers of its choices and of how calls ended. */
class Choice {
  readonly #grpc: Grpc
  readonly #strategy: Strategy = strategyOf('smooth-weighted')
  readonly #outliers = new Outliers(OUTLIERS)
  /** Those whose last call failed. */
  readonly #failing = new Set<string>()
  #connected: ReadonlySet<string> = new Set()

  constructor(grpc: Grpc) {
    this.#grpc = grpc
  }

  /** Only these are there. */
  keep(candidates: readonly PickCandidate[]): void {
    const keys = new Set(candidates.map(({ key }) => key))
    this.#outliers.keep(keys)
    for (const key of this.#failing) if (!keys.has(key)) this.#failing.delete(key)
  }

  among(ready: readonly Child[]): experimental.Picker {
    // Who was connected to anew may be another process, of which nothing bad is known.
    for (const { candidate } of ready) if (!this.#connected.has(candidate.key)) this.#succeeded(candidate.key)
    this.#connected = new Set(ready.map(({ candidate }) => candidate.key))
    const byKey = new Map(ready.map((child) => [child.candidate.key, child]))
    const candidates = ready.map(({ candidate }) => candidate)
    return {
      pick: (call) => {
        const left = this.#outliers.among(this.#forAttempt(candidates, call.metadata), Date.now())
        const chosen = this.#strategy(left, { chance: Math.random, hashKey: '', roundTrip: () => undefined })
        const child = (chosen && byKey.get(chosen.key)) ?? ready[0]
        if (!child) return new this.#grpc.experimental.UnavailablePicker().pick(call)
        const result = child.leaf.getPicker().pick(call)
        if (result.pickResultType !== this.#grpc.experimental.PickResultType.COMPLETE) return result
        const onCallEnded: typeof result.onCallEnded = (code, details, metadata) => {
          this.#ended(child.candidate.key, code, candidates)
          result.onCallEnded?.(code, details, metadata)
        }
        return { ...result, onCallEnded }
      },
    }
  }

  /** A call that is tried again goes to an instance that did not fail last, if there is one. */
  #forAttempt(candidates: readonly PickCandidate[], metadata: Metadata): readonly PickCandidate[] {
    if (metadata.get('grpc-previous-rpc-attempts').length === 0) return candidates
    const others = candidates.filter(({ key }) => !this.#failing.has(key))
    return others.length > 0 ? others : candidates
  }

  #ended(key: string, code: status, candidates: readonly PickCandidate[]): void {
    const { UNAVAILABLE, DEADLINE_EXCEEDED } = this.#grpc.status
    if (code === UNAVAILABLE || code === DEADLINE_EXCEEDED) {
      this.#failing.add(key)
      this.#outliers.failed(key, candidates, Date.now())
    } else {
      this.#succeeded(key)
    }
  }

  #succeeded(key: string): void {
    this.#failing.delete(key)
    this.#outliers.succeeded(key)
  }
}
