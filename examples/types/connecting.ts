/** Which registry is opened, with which settings, and what it can do. */
import {
  type Capabilities,
  type ConnectOptions,
  type Environment,
  type Logger,
  type Registry,
  type Settings,
  type Target,
  type TlsSettings,
  connect,
} from 'rollcall'

const messages: string[] = []
const url = process.argv[2] ?? 'memory:'

const logger: Logger = { debug: () => undefined, info: () => undefined, warn: (message) => messages.push(message) }
const options: ConnectOptions = { logger, layout: 'kratos', requestTimeout: 20_000 }
await using registry: Registry = await connect(url, options)
console.log('warnings:', messages.length)

const settings: Pick<Settings, 'layout' | 'prefix'> = { layout: 'aio', prefix: '/staging' }
await using staging = await connect(url, settings)
const orders = { name: 'orders', id: 'orders-1', endpoints: ['grpc://10.0.0.7:9000'] }
console.log((await staging.client.register(orders)).records[0]?.id)

const tls: TlsSettings = { cacert: '/nowhere/ca.pem', serverName: 'registry.internal' }
const failed = connect('etcds://10.0.0.1:2379', { tls })
await failed.catch((error: Error) => console.log(error.message))

// Given process.env, connect takes a login from the variables of the registry's own tools.
const environment: Environment = { CONSUL_NAMESPACE: 'payments', CONSUL_HTTP_TOKEN: 'secret' }
await using consul = await connect('consul://127.0.0.1:8500', { environment })
console.log(consul.client.target.namespace)

const target: Target = consul.client.target
console.log(target.driver, target.display, target.secure)

const capabilities: Capabilities = registry.client.capabilities
if (capabilities.guarded && capabilities.restore) console.log('a removal takes what was seen, and can be taken back')
