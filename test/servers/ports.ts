import { createServer } from 'node:net'

// Below the range from which outgoing connections take theirs: while a server is down, nobody else gets its port.
const FIRST = 20_000
const COUNT = 12_000

/** Ports on 127.0.0.1 that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

/** A port, with the ports at these distances from it free too. */
export async function freePortWith(distances: readonly number[]): Promise<number> {
  for (;;) {
    const [port = 0] = await freePorts(1)
    const free = await Promise.all(distances.map((distance) => isFree(port + distance)))
    if (free.every(Boolean)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
