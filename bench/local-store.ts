// Numbers of docs/backends/local.md: what the embedded registry does in a second, and with a million records.
// npx esbuild bench/local-store.ts --bundle --platform=node --format=esm --packages=external --outfile=dist/bench.mjs && node dist/bench.mjs
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from '../src/backends/local/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
const path = join(folder, 'registry.db')
const value = Buffer.alloc(300, 'v')
const range = { start: Buffer.from('/'), end: Buffer.from('0') }
const keyOf = (at: number): Buffer => Buffer.from(`/microservices/service-${at % 1_000}/instance-${at}`)

async function timed(what: string, count: number, body: () => Promise<void>): Promise<void> {
  const begin = performance.now()
  await body()
  const seconds = (performance.now() - begin) / 1_000
  const memory = Math.round(process.memoryUsage().rss / 1e6)
  console.log(
    `${what}: ${count} in ${seconds.toFixed(2)} s, ${Math.round(count / seconds)} a second, ${memory} MB resident`,
  )
}

const store = await openLocalStore(path, Date.now)
await timed('puts, one by one', 5_000, async () => {
  for (let at = 0; at < 5_000; at += 1) await store.write([{ put: keyOf(at), value }])
})
await timed('grants', 5_000, async () => {
  for (let at = 0; at < 5_000; at += 1) await store.grant(60)
})
const { lease } = await store.grant(3_600)
await timed('heartbeats', 5_000, async () => {
  for (let at = 0; at < 5_000; at += 1) await store.keepAlive(lease)
})
await timed('puts, in one write', 1_000_000, async () => {
  await store.write(Array.from({ length: 1_000_000 }, (_, at) => ({ put: keyOf(at), value })))
})
await timed('scan', 1_000_000, async () => {
  for await (const page of store.scan(range)) if (page.records.length === 0) throw new Error('an empty page')
})
await timed('count', 1_000_000, async () => {
  await store.count(range)
})
await timed('exact reads', 5_000, async () => {
  for (let at = 0; at < 5_000; at += 1) {
    const start = keyOf(at)
    for await (const page of store.scan({ start, end: Buffer.concat([start, Buffer.of(0)]) }))
      if (page.records.length !== 1) throw new Error('not found')
  }
})
await store[Symbol.asyncDispose]()
console.log(`the file: ${Math.round(statSync(path).size / 1e6)} MB`)
rmSync(folder, { recursive: true })
