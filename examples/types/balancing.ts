/** How an instance is chosen for each call. */
import { channel } from 'node:diagnostics_channel'
import {
  type Balancer,
  type BalancerOptions,
  type CallOptions,
  type Considered,
  type PickOptions,
  type PickResult,
  type Picked,
  type StrategyName,
  type TryTrace,
  type Turns,
  CHANNELS,
  STRATEGIES,
  balancer,
  connect,
  pick,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
for (const zone of ['a', 'b'])
  await registry.register({ name: 'orders', id: zone, endpoints: [`http://${zone}.local:8000`], metadata: { zone } })

const options: BalancerOptions = { strategy: 'random', prefer: ({ instance }) => instance.metadata['zone'] === 'a' }
await using near = await balancer(registry, 'orders', options)
console.log(near.pick().instance.id)

await using orders: Balancer = await balancer(registry, 'orders', { strategy: 'hash' })
console.log(orders.service, orders.stale)

const picked: Picked = near.pick()
console.log(picked.instance.id, picked.url, picked.address)

const call: CallOptions = { hashKey: 'customer-7', tries: 2, retryable: (error) => error instanceof TypeError }
const first = await orders.call(async ({ address }) => address, call)
console.log('the same again:', first === (await orders.call(async ({ address }) => address, call)))

// One choice of a list. A program that ends after it keeps whose turn it is as JSON.
const listed = await registry.client.find({ service: 'orders' })
const turns: Turns = JSON.parse('{}')
for (let run = 1; run <= 3; run++) console.log(run, (await pick(listed, { turns })).picked?.address)

const demands: PickOptions = { scheme: 'http', prefer: [({ instance }) => instance.metadata['zone'] === 'b'] }
const result: PickResult = await pick(listed, demands)
console.log(result.picked?.url, result.considered.map(why))

function why({ entry, leftOut }: Considered): string {
  return `${entry.instance.id}: ${leftOut ?? 'could be chosen'}`
}

const asked = process.env['STRATEGY'] ?? 'least-rtt'
const strategy: StrategyName = STRATEGIES.find((name) => name === asked) ?? 'round-robin'
console.log(strategy)

channel(CHANNELS.try).subscribe((message) => {
  const { service, instance, url, error } = message as TryTrace
  console.log('tried', service, instance, url, error ? 'in vain' : 'with success')
})
await near.call(async () => 'called')
