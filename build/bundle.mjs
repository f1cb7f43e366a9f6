import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { etcd3Plugin } from './etcd3-plugin.mjs'
import { LIBRARIES } from './libraries.mjs'
import { neverUsedPlugin } from './never-used-plugin.mjs'
import { pagePlugin } from './page-plugin.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Has a native part, which no bundle can hold. */
const PACKAGES = ['@photostructure/sqlite']

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  // Two thirds of the size. build/where.mjs says which line the place in the stack of a bug is.
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // A dynamic import survives in CommonJS output and would fail in a script that is run from a code cache.
  supported: { 'dynamic-import': false },
  // A function of what a module knows of itself: start.cjs runs the file as it is, without putting a megabyte together anew.
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  plugins: [etcd3Plugin(), neverUsedPlugin(), pagePlugin()],
}

/**
 * The command line as one CommonJS module, as a function, in a file rollcall.cjs: all of it but the libraries, which have files of
 * their own beside it, compressed, and what stays a package. With a map it is as esbuild writes it, not yet ASCII. Answers esbuild's
 * account of the bundle, and those of the libraries.
 */
export async function bundle(folder, { sourcemap = false } = {}) {
  const [{ metafile }, ...libraries] = await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(folder, 'rollcall.cjs'),
      sourcemap,
      external: [...Object.values(LIBRARIES).flat(), ...PACKAGES],
    }),
    ...Object.keys(LIBRARIES).map((file) => library(folder, file)),
  ])
  if (!sourcemap) await asAscii(folder)
  await Promise.all(Object.keys(LIBRARIES).map((file) => compressed(join(folder, `${file}.cjs`))))
  return { metafile, libraries: libraries.map((each) => each.metafile) }
}

/** What one library needs of another is read from the other's file. */
function library(folder, file) {
  const { [file]: own, ...others } = LIBRARIES
  return build({
    ...OPTIONS,
    stdin: { contents: own.map(exported).join('\n'), resolveDir: root },
    outfile: join(folder, `${file}.cjs`),
    external: Object.values(others).flat(),
  })
}

/**
 * start.cjs reads the files as Latin-1, which takes V8 half the memory. esbuild escapes what is not ASCII in strings, but leaves
 * it in regular expressions and in the literals of tagged templates, where an escape means the same.
 */
async function asAscii(folder) {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cjs'))
  await Promise.all(
    files.map(async (name) => {
      const path = join(folder, name)
      const source = await readFile(path, 'utf8')
      const escaped = source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      if (escaped !== source) await writeFile(path, escaped)
    }),
  )
}

/** A quarter of the size, for a millisecond or two of the commands that need the library. */
async function compressed(path) {
  await writeFile(`${path}.br`, brotliCompressSync(await readFile(path)))
  await rm(path)
}

/** A package is evaluated when it is asked for. */
function exported(name) {
  return `exports[${JSON.stringify(name)}] = () => require(${JSON.stringify(name)})`
}
