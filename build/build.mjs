// Makes dist/: the bundle that bin/rollcall.js loads (CommonJS, one file), and the library (ESM with types).
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { etcd3Plugin } from './etcd3-plugin.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

rmSync(join(root, 'dist'), { recursive: true, force: true })

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/rollcall.cjs',
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // A dynamic import survives in CommonJS output and would fail in a script that is run from a code cache.
  supported: { 'dynamic-import': false },
  // Has a native part, which no bundle can hold.
  external: ['@photostructure/sqlite'],
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [etcd3Plugin()],
})

const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
execFileSync(process.execPath, [typescript, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
