// npm run bench -- [ROW…] [--help]: bundles the bench and its clients, then runs it. See docs/performance.md.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inPlace } from './in-place.mjs'

const root = join(import.meta.dirname, '..')
const outdir = join(root, 'dist/bench')
const outExtension = { '.js': '.mjs' }
const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'esm', outExtension }
const clients = readdirSync(join(root, 'bench/clients')).map((file) => `bench/clients/${file}`)
// One file each, as rollcall is, so that what is compared is the work and not the loading of many files.
const banner = { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" }

rmSync(outdir, { recursive: true, force: true })
await build({ ...common, entryPoints: clients, outdir, minify: true, banner })
await build({ ...common, entryPoints: ['bench/main.ts'], outdir, packages: 'external', plugins: [inPlace] })
const { main } = await import(join(outdir, 'main.mjs'))
process.exitCode = await main(process.argv.slice(2), root)
