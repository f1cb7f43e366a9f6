// node bench/races.mjs [10000]: so many races of purge against instances that register again, on a real etcd. Status 1 when a live one is lost.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inPlace } from './in-place.mjs'

const root = join(import.meta.dirname, '..')
// Below node_modules, so that what is not bundled is found.
const outfile = join(root, `node_modules/.rollcall-races-${process.pid}.mjs`)
const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'esm' }
await build({ ...common, entryPoints: ['bench/races.ts'], outfile, packages: 'external', plugins: [inPlace] })
try {
  const { main } = await import(outfile)
  process.exitCode = (await main(Number(process.argv[2] ?? 10_000))) === 0 ? 0 : 1
} finally {
  rmSync(outfile)
}
