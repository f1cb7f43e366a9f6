import * as grpc from '@grpc/grpc-js'

/** Two methods that answer with the id of the server, in plain text. */
const text = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: String,
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: String,
} as const
export const ECHO = {
  say: { path: '/test.Echo/Say', ...text },
  once: { path: '/test.Echo/Once', ...text },
}

/** A gRPC server of the test. */
export class EchoServer {
  readonly id: string
  readonly port: number
  calls = 0
  /** What it answers with instead. */
  failure: grpc.status | undefined
  readonly #server: grpc.Server

  private constructor(id: string, server: grpc.Server, port: number) {
    this.id = id
    this.#server = server
    this.port = port
  }

  static async start(id: string, port = 0): Promise<EchoServer> {
    const server = new grpc.Server()
    const answer: grpc.handleUnaryCall<string, string> = (_call, callback) => {
      echo.calls += 1
      if (echo.failure === undefined) callback(null, id)
      else callback({ code: echo.failure, details: `${id} was told to fail` })
    }
    server.addService(ECHO, { say: answer, once: answer })
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, at) =>
        error ? reject(error) : resolve(at),
      )
    })
    const echo = new EchoServer(id, server, bound)
    return echo
  }

  /** At once, with its connections, as a process that is killed. */
  kill(): void {
    this.#server.forceShutdown()
  }
}

const Echo = grpc.makeGenericClientConstructor(ECHO, 'test.Echo')
type Method = (request: string, options: grpc.CallOptions, done: (error: Error | null, id: string) => void) => void

/** A client of one channel. */
export class EchoClient implements Disposable {
  readonly #client: InstanceType<typeof Echo>

  constructor(target: string, options: grpc.ChannelOptions = {}) {
    const own = { 'grpc.use_local_subchannel_pool': 1, 'grpc.initial_reconnect_backoff_ms': 100 }
    this.#client = new Echo(target, grpc.credentials.createInsecure(), { ...own, ...options })
  }

  say(method: keyof typeof ECHO = 'say'): Promise<string> {
    const call = (this.#client[method] as unknown as Method).bind(this.#client)
    const deadline = Date.now() + 30_000
    return new Promise((resolve, reject) => {
      call('who?', { deadline }, (error, id) => (error ? reject(error) : resolve(id)))
    })
  }

  /** Which server answered each of so many calls. */
  async times(count: number): Promise<string> {
    let ids = ''
    for (let at = 0; at < count; at++) ids += await this.say()
    return ids
  }

  [Symbol.dispose](): void {
    this.#client.close()
  }
}
