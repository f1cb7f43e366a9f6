import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'
import { build } from 'esbuild'
import { LIBRARIES } from './libraries.mjs'
import { writeHelp } from './write-help.mjs'

/**
 * Puts start.cjs beside the rollcall.cjs of a folder and its libraries, and the texts that it prints. `inOneFile`: as the program that
 * holds all of them as assets runs it.
 */
export async function writeStart(folder, { inOneFile = false } = {}) {
  const bundle = join(folder, 'rollcall.cjs')
  const files = [bundle, ...Object.keys(LIBRARIES).map((file) => join(folder, `${file}.cjs.br`))]
  const loaded = load(bundle, readFileSync(bundle, 'latin1'))
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  const fileOf = Object.entries(LIBRARIES).flatMap(([file, packages]) => packages.map((name) => [name, file]))
  const values = {
    BUNDLE: hash.digest('hex').slice(0, 16),
    COMMANDS: loaded.commandNames,
    LIBRARIES: Object.fromEntries(fileOf),
    VERSION: version,
  }
  await build({
    entryPoints: [join(import.meta.dirname, 'start/start.cjs')],
    outfile: join(folder, 'start.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    plugins: inOneFile ? [assetsPlugin] : [],
    define: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])),
  })
  await writeHelp(folder, loaded)
}

const assetsPlugin = {
  name: 'assets',
  setup({ onResolve }) {
    const path = join(import.meta.dirname, 'start/assets.cjs')
    onResolve({ filter: /^\.\/files\.cjs$/ }, () => ({ path }))
  },
}

/** What the bundle exports. */
function load(bundle, source) {
  const module = { exports: {} }
  const run = runInThisContext(source, { filename: bundle })
  run(module.exports, createRequire(bundle), module, bundle, join(bundle, '..'))
  return module.exports
}
