import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { build } from 'esbuild'
import { writeHelp } from './write-help.mjs'

/** Puts start.cjs beside the rollcall.cjs of a folder, and the texts that it prints. */
export async function writeStart(folder) {
  const bundle = join(folder, 'rollcall.cjs')
  const source = readFileSync(bundle, 'latin1')
  const loaded = load(bundle, source)
  const hash = createHash('sha256').update(source, 'latin1').digest('hex').slice(0, 16)
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  const values = { BUNDLE: hash, COMMANDS: loaded.commandNames, VERSION: version }
  await build({
    entryPoints: [join(import.meta.dirname, 'start/start.cjs')],
    outfile: join(folder, 'start.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])),
  })
  await writeHelp(folder, loaded)
}

/** What the bundle exports. */
function load(bundle, source) {
  const module = { exports: {} }
  const run = runInThisContext(source, { filename: bundle })
  run(module.exports, createRequire(bundle), module, bundle, join(bundle, '..'))
  return module.exports
}
