import { readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { etcd3Plugin } from './etcd3-plugin.mjs'
import { LIBRARIES } from './libraries.mjs'
import { neverUsedPlugin } from './never-used-plugin.mjs'
import { pagePlugin } from './page-plugin.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  // Names stay as they are, for the stack of a bug: keeping them beside short ones costs a call for each function made.
  minifyWhitespace: true,
  minifySyntax: true,
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
 * their own beside it, and the packages that stay packages. Answers esbuild's account of it.
 */
export async function bundle(folder) {
  const [{ metafile }] = await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(folder, 'rollcall.cjs'),
      external: [
        ...Object.values(LIBRARIES).flat(),
        // The first has a native part, which no bundle can hold; the others are for `serve` or `--query` alone.
        '@photostructure/sqlite',
        'ajv',
        'fastify',
        '@fastify/swagger',
        'prom-client',
        '@aws-lambda-powertools/jmespath',
      ],
    }),
    ...Object.entries(LIBRARIES).map(([file, packages]) =>
      build({
        ...OPTIONS,
        stdin: { contents: packages.map(exported).join('\n'), resolveDir: root },
        outfile: join(folder, `${file}.cjs`),
      }),
    ),
  ])
  await asAscii(folder)
  return metafile
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

/** A package is evaluated when it is asked for. */
function exported(name) {
  return `exports[${JSON.stringify(name)}] = () => require(${JSON.stringify(name)})`
}
