/** Whether endpoints answer. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import {
  type CheckAllOptions,
  type CheckEndpointOptions,
  type Checked,
  type Health,
  type HealthCheckerOptions,
  type LastCheck,
  HealthChecker,
  checkAll,
  checkEndpoint,
  connect,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const server = createServer((socket) => socket.end())
await once(server.listen(0, '127.0.0.1'), 'listening')
const endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
await registry.register({ name: 'cache', id: 'cache-1', endpoints: [endpoint, 'tcp://127.0.0.1:1'] })

const options: CheckAllOptions = { onProgress: (checked, of) => console.log(checked, 'of', of) }
const results: Checked[] = await checkAll(await registry.client.find({ service: 'cache' }), options)
console.log(results.map(({ entry, health }) => `${entry.instance.id} ${health?.healthy}`))

const silent: Health[] = results.flatMap(({ health }) => (health && !health.healthy ? health : []))
for (const { check, reason } of silent) console.log(check, reason !== undefined)

const soon: CheckEndpointOptions = { signal: AbortSignal.timeout(60_000) } // `path` is for those of HTTP
console.log((await checkEndpoint(endpoint, soon)).healthy, (await checkEndpoint('127.0.0.1:1', soon)).healthy)

const often: HealthCheckerOptions = { every: 50, up: 2, down: 3 }
await using checker = new HealthChecker([endpoint], often)
while (checker.healthy().length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
console.log('healthy')

const last: LastCheck | undefined = checker.lastCheck(endpoint)
console.log(last?.healthy, last !== undefined && Date.now() - last.at < 60_000)
server.close()
