/** Spreads requests over the instances of a service; one that fails is passed over. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'rollcall'
import { registryFetch } from 'rollcall/fetch'

await using registry = await connect(process.argv[2] ?? 'memory:')
for (const id of ['orders-1', 'orders-2']) {
  const server = createServer((_request, response) => {
    // Both ends are in this program: a connection kept open for more would keep it from ending for some seconds.
    response.writeHead(id === 'orders-1' ? 503 : 200, { connection: 'close' }).end(id)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  server.unref()
  const { port } = server.address() as AddressInfo
  await registry.register({ name: 'orders', id, endpoints: [`http://127.0.0.1:${port}`] })
}

await using fetch = registryFetch(registry, {
  onFailure: ({ instance, error }) => console.log(`${instance.id}: ${error instanceof Error ? error.name : 'failed'}`),
})
for (let at = 0; at < 2; at++) {
  const response = await fetch('rollcall:///orders/v1/items?limit=3')
  console.log(response.status, await response.text())
}
