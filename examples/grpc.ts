/** Calls a gRPC service by its name: the channel finds its instances in the registry. */
import * as grpc from '@grpc/grpc-js'
import { connect } from 'rollcall'
import { registerResolver } from 'rollcall/grpc'

const text = { requestStream: false, responseStream: false, requestDeserialize: String, responseDeserialize: String }
const serialize = (value: string) => Buffer.from(value)
const ECHO = {
  say: { path: '/echo.Echo/Say', ...text, requestSerialize: serialize, responseSerialize: serialize },
} as const
const Echo = grpc.makeGenericClientConstructor(ECHO, 'echo.Echo')

const server = new grpc.Server()
const say: grpc.handleUnaryCall<string, string> = ({ request }, callback) => callback(null, `you said ${request}`)
server.addService(ECHO, { say })
const port = await new Promise<number>((resolve, reject) => {
  const credentials = grpc.ServerCredentials.createInsecure()
  server.bindAsync('127.0.0.1:0', credentials, (error, at) => (error ? reject(error) : resolve(at)))
})

await using registry = await connect(process.argv[2] ?? 'memory:')
await registry.register({ name: 'echo', id: 'echo-1', endpoints: [`grpc://127.0.0.1:${port}`] })
await using resolver = registerResolver(grpc, registry, { idempotent: ['echo.Echo/Say'] })
console.log(typeof resolver[Symbol.asyncDispose])

const client = new Echo('discovery:///echo', grpc.credentials.createInsecure())
const { path, requestSerialize, responseDeserialize } = ECHO.say
console.log(
  await new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, 'hello', (error, said) =>
      error ? reject(error) : resolve(said),
    ),
  ),
)
client.close()
server.forceShutdown()
