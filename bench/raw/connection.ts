import { Client, credentials } from '@grpc/grpc-js'

/** One connection to the etcd at `host:port`, with nothing around it. */
export function connect(endpoint: string): Client {
  return new Client(endpoint, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc-node.flow_control_window': 4 << 20,
  })
}

/** One call with an encoded message; the answer as it came. */
export function call(client: Client, path: string, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asItIs, asItIs, request, (error, answer) => {
      if (answer) resolve(answer)
      else reject(error ?? new Error(`${path}: no answer`))
    })
  })
}

export function asItIs(bytes: Buffer): Buffer {
  return bytes
}
