// node bench/monitor.mjs [20] [1000]: so many ends of the server that holds the monitor's lock, among so many AIO instances with a TTL of 5 s, on a real etcd. Status 1 when a live one is marked as down, or a dead one later than after 3 TTLs.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inPlace } from './in-place.mjs'

const root = join(import.meta.dirname, '..')
// Below node_modules, so that what is not bundled is found.
const outfile = join(root, `node_modules/.rollcall-monitor-${process.pid}.mjs`)
const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'esm' }
await build({ ...common, entryPoints: ['bench/monitor.ts'], outfile, packages: 'external', plugins: [inPlace] })
try {
  const { main } = await import(outfile)
  const [turns = 20, instances = 1_000] = process.argv.slice(2).map(Number)
  process.exitCode = (await main(join(root, 'bin/rollcall.js'), turns, instances)) ? 0 : 1
} finally {
  rmSync(outfile)
}
