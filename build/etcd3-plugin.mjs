import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/**
 * Lets a bundle hold etcd3. The library reads its service descriptions from .proto files beside it; in the bundle a
 * table of services stands instead, made when it is built, and the message types are made when they are first used.
 */
export function etcd3Plugin() {
  return {
    name: 'etcd3',
    setup(build) {
      build.onLoad({ filter: /etcd3[\\/]lib[\\/]connection-pool\.js$/ }, ({ path }) => ({
        contents: withTable(readFileSync(path, 'utf8'), join(dirname(path), '../proto/rpc.proto')),
        loader: 'js',
      }))
    },
  }
}

const LOADER = 'const proto_loader_1 = require("@grpc/proto-loader");'
const LOADING = /\(0, proto_loader_1\.loadSync\)\([^;]*\);/

function withTable(source, proto) {
  if (!source.includes(LOADER) || !LOADING.test(source)) throw new Error('etcd3 no longer loads its services as it did')
  return source.replace(LOADER, '').replace(LOADING, () => `${tableCode(rootOf(proto))};`)
}

/** keepCase: without it `range_end` would be dropped silently, and prefix reads would return one key. */
function rootOf(proto) {
  const protobuf = createRequire(require.resolve('@grpc/proto-loader'))('protobufjs')
  const root = new protobuf.Root()
  root.loadSync(proto, { keepCase: true })
  root.resolveAll()
  return root
}

/** Services by their full name: for each method its path's end, request and response type, and which of them are streams. */
function servicesOf(namespace, found = {}) {
  for (const nested of namespace.nestedArray ?? []) {
    if (nested.methodsArray) found[nested.fullName.slice(1)] = Object.fromEntries(nested.methodsArray.map(methodRow))
    servicesOf(nested, found)
  }
  return found
}

function methodRow(method) {
  const { name, resolvedRequestType: request, resolvedResponseType: response } = method
  const types = [request, response].map((type) => type.fullName.slice(1))
  return [name, [...types, method.requestStream === true, method.responseStream === true]]
}

/** An expression for what proto-loader's loadSync returns. Its text becomes part of the bundle. */
function tableCode(root) {
  const json = JSON.stringify(JSON.stringify(root.toJSON()))
  return `(${makeTable.toString()})(${JSON.stringify(servicesOf(root))}, () => require('protobufjs/light').Root.fromJSON(JSON.parse(${json})))`
}

/** Runs in the bundle, and so knows nothing of this file. */
function makeTable(services, loadRoot) {
  const shape = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true }
  const types = new Map()
  let root
  const typeOf = (name) => {
    if (!types.has(name)) types.set(name, (root ??= loadRoot()).lookupType(name))
    return types.get(name)
  }
  const serialize = (name) => (message) => typeOf(name).encode(typeOf(name).fromObject(message)).finish()
  const deserialize = (name) => (bytes) => typeOf(name).toObject(typeOf(name).decode(bytes), shape)
  const methodsOf = (service, methods) =>
    Object.entries(methods).map(([name, [request, response, requestStream, responseStream]]) => [
      name,
      {
        path: `/${service}/${name}`,
        originalName: name.charAt(0).toLowerCase() + name.slice(1),
        requestStream,
        responseStream,
        requestSerialize: serialize(request),
        requestDeserialize: deserialize(request),
        responseSerialize: serialize(response),
        responseDeserialize: deserialize(response),
      },
    ])
  return Object.fromEntries(
    Object.entries(services).map(([name, methods]) => [name, Object.fromEntries(methodsOf(name, methods))]),
  )
}
