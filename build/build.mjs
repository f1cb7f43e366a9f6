// Makes dist/: the bundle (CommonJS, with the libraries beside it) and what bin/rollcall.js runs it with, and the library (ESM with types).
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'
import { writeMan } from './write-man.mjs'
import { writeStart } from './write-start.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

rmSync(join(root, 'dist'), { recursive: true, force: true })

await bundle(join(root, 'dist'))
await writeStart(join(root, 'dist'))
await writeMan(join(root, 'dist'))

const typescript = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
execFileSync(process.execPath, [typescript, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
