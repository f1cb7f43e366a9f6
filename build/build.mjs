// Makes dist/: the bundle (CommonJS, with the libraries beside it) and what bin/rollcall.js runs it with, the library (ESM with types),
// and what is in it of others.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { library } from './library.mjs'
import { writeMan } from './write-man.mjs'
import { writeOrigins } from './write-origins.mjs'
import { writeStart } from './write-start.mjs'

const dist = join(import.meta.dirname, '../dist')

rmSync(dist, { recursive: true, force: true })

const { metafile, libraries } = await bundle(dist)
await writeStart(dist)
await writeMan(dist)
writeOrigins(dist, [metafile, ...libraries, await library(dist)])
