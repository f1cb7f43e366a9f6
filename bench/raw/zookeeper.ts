import { once } from 'node:events'
import { type Socket, connect } from 'node:net'

/** One connection to the ZooKeeper at `host:port`, with nothing around it: no session kept, no server but this one. */
export interface RawZooKeeper {
  /** The answer to one request, after its header. They come in turn. */
  ask(op: number, body: Buffer): Promise<Buffer>
  close(): void
}

/** `timeout`: milliseconds that its session outlives the last request. */
export async function connectRaw(endpoint: string, timeout = 30_000): Promise<RawZooKeeper> {
  const [host, port] = endpoint.split(':')
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  const waiting: ((answer: Buffer) => void)[] = []
  readFrames(socket, (frame) => waiting.shift()?.(frame))
  const send = (...parts: Buffer[]) =>
    new Promise<Buffer>((resolve) => {
      waiting.push(resolve)
      const body = Buffer.concat(parts)
      socket.write(Buffer.concat([int(body.length), body]))
    })
  await send(int(0), Buffer.alloc(8), int(timeout), Buffer.alloc(8), int(16), Buffer.alloc(16), Buffer.alloc(1))
  let xid = 0
  return {
    ask: async (op, body) => (await send(int(++xid), int(op), body)).subarray(16),
    close: () => socket.destroy(),
  }
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int(bytes.length), bytes])
}

function readFrames(socket: Socket, take: (frame: Buffer) => void): void {
  let parts: Buffer[] = []
  let length = 0
  socket.on('data', (part: Buffer) => {
    parts.push(part)
    length += part.length
    const wanted = parts[0] && parts[0].length >= 4 ? 4 + parts[0].readInt32BE() : 4
    if (length < wanted) return
    let all = Buffer.concat(parts)
    while (all.length >= 4 && all.length >= 4 + all.readInt32BE()) {
      take(all.subarray(4, 4 + all.readInt32BE()))
      all = all.subarray(4 + all.readInt32BE())
    }
    parts = [all]
    length = all.length
  })
}
