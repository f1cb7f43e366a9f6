import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as loader from '@grpc/proto-loader'

const etcd3 = dirname(createRequire(import.meta.url).resolve('etcd3/package.json'))
const services = loader.loadSync(join(etcd3, 'proto/rpc.proto'), { keepCase: true, longs: String, defaults: true })

interface Method {
  readonly requestSerialize: (message: object) => Buffer
  readonly requestDeserialize: (message: Buffer) => Record<string, unknown>
  readonly responseSerialize: (message: object) => Buffer
}

/** The codec of etcd3 for a method. */
export function method(service: string, name: string): Method {
  return Reflect.get(services[`etcdserverpb.${service}`] ?? {}, name)
}
