import { createServer } from 'node:net'

// Below the range from which outgoing connections take theirs: while a server is down, nobody else gets its port.
// Each test worker has a part of its own, and gives none twice, for the same reason.
const WORKERS = 8
const COUNT = 12_000 / WORKERS
const FIRST = 20_000 + COUNT * (Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS)

const given = new Set<number>()

/** Ports on 127.0.0.1 that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
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
