// Makes dist/: the bundle (CommonJS, with the libraries beside it) and what bin/rollcall.js runs it with, and the library (ESM with types).
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { library } from './library.mjs'
import { writeMan } from './write-man.mjs'
import { writeStart } from './write-start.mjs'

const dist = join(import.meta.dirname, '../dist')

rmSync(dist, { recursive: true, force: true })

await bundle(dist)
await writeStart(dist)
await writeMan(dist)
await library(dist)
