/** What is waited for, and claims that are held against a registry. */
import {
  type FailOn,
  type Manifest,
  type ServiceState,
  type Verifiable,
  type Verification,
  type VerifyOptions,
  type WaitCondition,
  type WaitOptions,
  type WaitSelection,
  type WaitService,
  type WaitState,
  connect,
  parseManifest,
  verify,
  wait,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
await registry.register({ name: 'pay', id: 'pay-1', version: 'v1', endpoints: ['grpc://10.0.0.7:9000'] })

const pay: WaitService = { name: 'pay*', test: (service) => service.startsWith('pay') }
const failOn: FailOn = { malformed: true, statuses: ['down'] }
const condition: WaitCondition = { scope: {}, services: [pay], statuses: ['up'], min: 1, failOn }
const options: WaitOptions = { timeout: 60_000, onLink: (away) => console.log(away ?? 'it is back') }
console.log((await wait(client, condition, options)).failed ?? 'one is up')

const selection: WaitSelection = {
  test: ({ instance }) => instance.version === 'v2',
  words: 'version=v2',
  differenceOf: ({ instance }) => instance.version,
}
const state: WaitState = await wait(client, { ...condition, selection }, { timeout: 0 })
console.log(state.failed)

const services: readonly ServiceState[] = state.services
for (const { service, counted, candidates, others } of services) console.log(service, counted, candidates, others)

const manifest: Manifest = await parseManifest('claims.yaml', 'services:\n  pay: {min: 1, versions: [v2]}\n')
console.log(manifest.services.map(({ name }) => name))

const once: VerifyOptions = { wait: 0, onState: ({ items }) => console.log('a look at', items.length, 'claims') }
const verification: Verification = await verify(client, manifest, once)
for (const { claim, result, wanted, found } of verification.items) console.log(claim, result, wanted, found)

// A client, or what has its reads: here of what Kratos wrote alone.
const ofKratos: Verifiable = {
  backend: client.backend,
  entries: (scope, { signal }) => client.entries({ ...scope, layout: 'kratos' }, signal ? { signal } : {}),
}
console.log((await verify(ofKratos, manifest, { wait: 0 })).holds)
