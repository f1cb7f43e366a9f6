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
  return metafile
}

/** A package is evaluated when it is asked for. */
function exported(name) {
  return `exports[${JSON.stringify(name)}] = () => require(${JSON.stringify(name)})`
}
