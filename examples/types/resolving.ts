/** How the targets of gRPC channels are resolved. */
import * as grpc from '@grpc/grpc-js'
import { connect } from 'rollcall'
import { type Grpc, type GrpcResolverOptions, registerResolver } from 'rollcall/grpc'

await using registry = await connect(process.argv[2] ?? 'memory:')

const options: GrpcResolverOptions = { schemes: ['orders'], where: ({ instance }) => instance.version === 'v2' }
await using resolver = registerResolver(grpc, registry, options)
console.log(typeof resolver[Symbol.asyncDispose])

// The module as the program imports it: another copy would not know the scheme.
function channelTo(module: Grpc, service: string): grpc.Channel {
  return new module.Channel(`orders:///${service}`, module.credentials.createInsecure(), {})
}
const channel = channelTo(grpc, 'pay')
console.log(channel.getTarget())
channel.close()
