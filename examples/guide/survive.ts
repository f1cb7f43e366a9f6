/** Goes on while the registry is away: the last list stays, and what was lost is registered again. */
import { balancer, connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await using kept = await registry.register(
  { name: 'orders', id: 'orders-1', endpoints: ['http://10.0.0.7:8000'] },
  {
    onEvent(event) {
      // lost: the TTL passed without a heartbeat; retrying: the registry is away; registered-again: all is well
      if (event.type === 'lost' || event.type === 'retrying') console.log(event.type, event.message)
    },
  },
)
kept.done.catch((error: Error) => console.log(`gave up: ${error.message}`)) // a refusal, never an absence

await using orders = await balancer(registry, 'orders', { strategy: 'smooth-weighted' })
const answer = await orders.call(async ({ address }) => `called ${address}`, { tries: 2 })
console.log(answer, orders.stale ? '(by the last list)' : '(by a list that is up to date)')
