/** Requests to the instances of a service. */
import { connect } from 'rollcall'
import { type FetchFailure, type RegistryFetch, type RegistryFetchOptions, registryFetch } from 'rollcall/fetch'

await using registry = await connect(process.argv[2] ?? 'memory:')
await registry.register({ name: 'pay', id: 'pay-1', endpoints: ['http://10.0.0.7:8000'] })

const failures: FetchFailure[] = []
const options: RegistryFetchOptions = {
  tries: 1,
  onFailure: (failure) => failures.push(failure),
  fetch: async (input) => new Response(null, { status: new Request(input).url.endsWith('/health') ? 200 : 503 }),
}

const fetch: RegistryFetch = registryFetch(registry, options)
console.log((await fetch('rollcall:///pay/health')).status, (await fetch('rollcall:///pay/v1/orders')).status)
await fetch[Symbol.asyncDispose]()

for (const { instance, url, error } of failures) console.log(instance.id, url, error instanceof Error)
