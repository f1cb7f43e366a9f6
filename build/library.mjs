import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { installedPlugin } from './installed-plugin.mjs'
import { writeLineMaps } from './line-maps.mjs'
import { writeTypes } from './write-types.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * The library, in a folder lib/ below one: what the package exports, as ESM, in pieces that are loaded when they are needed, for
 * CommonJS too, with types for both. Its maps hold the sources. Answers esbuild's account of it.
 */
export async function library(folder) {
  const names = exportedFiles()
  const outdir = join(folder, 'lib')
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `src/${name}.ts`, out: name })),
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'part-[hash]',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Its own ESM: what is CommonJS asks for Node's modules with `require`, which ESM lacks.
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    legalComments: 'none',
    logLevel: 'warning',
    // The names stay, and lines are short enough for the place in a stack to say something without the map.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    sourcemap: 'linked',
    metafile: true,
    plugins: [installedPlugin()],
  })
  writeLineMaps(outdir)
  for (const name of names) writeFileSync(join(outdir, `${name}.cjs`), commonJs(name))
  writeTypes(outdir, names)
  return metafile
}

/** The files below src/ that package.json exports, without their ending. */
function exportedFiles() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const found = JSON.stringify(exports).matchAll(/"\.\/dist\/lib\/([^"]+)\.js"/g)
  return [...new Set([...found].map(([, name]) => name))]
}

/** Node 20.19 and later can require ESM. So both kinds of program hold the same library, not one each. */
function commonJs(name) {
  return `module.exports = require('./${name.split('/').at(-1)}.js')\n`
}
