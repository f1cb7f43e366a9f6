/** Lets channels of @grpc/grpc-js find services in a registry. */
export { registerResolver, type GrpcResolverOptions } from './resolver.ts'
/** The module @grpc/grpc-js. */
export type { Grpc } from './grpc-js.ts'
