import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type Server, type Socket, createServer } from 'node:net'

export interface Listening extends AsyncDisposable {
  /** `host:port`. */
  readonly endpoint: string
  /** Resolves when somebody has connected. */
  readonly reached: Promise<unknown>
}

/** Takes connections and never answers. */
export function blackHole(): Promise<Listening> {
  return listening(createServer((socket) => socket.resume()))
}

/** A web server where a registry is expected. */
export function webServer(): Promise<Listening> {
  return listening(createHttpServer((_, answer) => answer.end('hello')))
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  const reached = once(server, 'connection')
  server.on('connection', (socket) => {
    socket.on('error', () => {}) // whoever connected is gone
    sockets.add(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    endpoint: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    reached,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
