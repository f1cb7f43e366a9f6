import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { build } from 'rolldown'
import { installedPlugin } from './installed-plugin.mjs'
import { lineMap } from './line-maps.mjs'
import { writeTypes } from './write-types.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * The library, in a folder lib/ below one: what the package exports, as ESM, in parts that are loaded when they are needed, for
 * CommonJS too, with types for both. Its maps hold the sources. Answers an account of it, as esbuild's.
 */
export async function library(folder) {
  const names = exportedFiles()
  const outdir = join(folder, 'lib')
  const outputs = {}
  for (const part of await partsOf(outdir, names)) {
    outputs[part.fileName] = { inputs: inputsOf(part) }
    await writePart(join(outdir, part.fileName), part)
  }
  for (const name of names) writeFileSync(join(outdir, `${name}.cjs`), commonJs(name))
  writeTypes(outdir, names)
  return { outputs }
}

/** What is local to a function gets short names; functions, classes and what a module has keep theirs, which stacks show. */
const SHORT_NAMES = {
  compress: false,
  mangle: { toplevel: false, keepNames: { function: true, class: true } },
  codegen: { removeWhitespace: false },
}

/**
 * What many parts share is small, and a part takes whole blocks of a disk, twice with its map. So these lie together in one, which
 * `import 'rollcall'` loads anyway.
 */
const TOGETHER = {
  name: 'shared',
  test: /\/src\/(model|balance|reports|lint|client\/(tracing|balancer|cached|probe|purge|watch)|backends\/(contract|kv\/(store|liveness)|catalogue\/plain|local\/file-system))/,
  maxModuleSize: 4_000,
}

/** rolldown makes fewer parts of it than esbuild: it knows that what loads a part later has loaded others before. */
async function partsOf(dir, names) {
  const { output } = await build({
    cwd: root,
    write: false,
    input: Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])),
    platform: 'node',
    tsconfig: false,
    // Its own ESM: what is CommonJS asks for Node's modules with `require`, which ESM lacks.
    resolve: { alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') } },
    plugins: [installedPlugin()],
    output: {
      dir,
      format: 'esm',
      sourcemap: true,
      chunkFileNames: 'part-[hash].js',
      minify: SHORT_NAMES,
      codeSplitting: { groups: [TOGETHER] },
    },
  })
  return output.filter(({ type }) => type === 'chunk')
}

/** How many bytes of each file are in a part. */
function inputsOf({ modules }) {
  const found = Object.entries(modules)
  return Object.fromEntries(
    found.map(([id, { renderedLength }]) => [relative(root, id), { bytesInOutput: renderedLength }]),
  )
}

/**
 * Names that stacks show stay, and lines are short enough for the place in a stack to say something without the map. What only hands on
 * has no map, nor has what holds packages alone.
 */
async function writePart(file, { code, map, moduleIds }) {
  const isOurs = moduleIds.some((id) => id.startsWith(join(root, 'src')))
  const sourcemap = isOurs && map ? 'external' : false
  const small = await transform(sourcemap ? `${code}\n//# sourceMappingURL=${map.toUrl()}` : code, {
    target: 'node20',
    legalComments: 'none',
    minifyWhitespace: true,
    minifySyntax: true,
    minifyIdentifiers: !isOurs,
    lineLimit: 160,
    sourcemap,
  })
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, sourcemap ? `${small.code}//# sourceMappingURL=${basename(file)}.map\n` : small.code)
  if (sourcemap) writeFileSync(`${file}.map`, JSON.stringify(lineMap(JSON.parse(small.map))))
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
