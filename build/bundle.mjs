import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { neverUsedPlugin } from './never-used-plugin.mjs'
import { etcd3Plugin } from './etcd3-plugin.mjs'
import { pagePlugin } from './page-plugin.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** The command line as one CommonJS module in a file, as a function: all of it but the packages that have native parts. Answers esbuild's account of it. */
export async function bundle(outfile) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outfile,
    bundle: true,
    // Names stay as they are, for the stack of a bug: keeping them beside short ones costs a call for each function made.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    // A dynamic import survives in CommonJS output and would fail in a script that is run from a code cache.
    supported: { 'dynamic-import': false },
    // The first has a native part, which no bundle can hold; the others are for `serve` or `--query` alone, and every command would carry them.
    external: [
      '@photostructure/sqlite',
      'ajv',
      'fastify',
      '@fastify/swagger',
      'prom-client',
      '@aws-lambda-powertools/jmespath',
    ],
    // A function of what a module knows of itself: start.cjs runs the file as it is, without putting two megabytes together anew.
    banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
    footer: { js: '})' },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [etcd3Plugin(), neverUsedPlugin(), pagePlugin()],
  })
  return metafile
}
