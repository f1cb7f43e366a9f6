/** The module @grpc/grpc-js, as the program imports it that makes the channels: each copy of it has resolvers of its own. */
export type Grpc = typeof import('@grpc/grpc-js')
