import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { writeHelp } from './write-help.mjs'

/** Puts start.cjs beside the rollcall.cjs of a folder, and the texts that it prints. */
export async function writeStart(folder) {
  const names = await commandNames()
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'rollcall.cjs')))
    .digest('hex')
    .slice(0, 16)
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  const values = { BUNDLE: hash, COMMANDS: names, VERSION: version }
  await build({
    entryPoints: [join(import.meta.dirname, 'start/start.cjs')],
    outfile: join(folder, 'start.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])),
  })
  await writeHelp(folder, names)
}

/** From the list of commands, none of which is loaded. */
async function commandNames() {
  const list = { entryPoints: [join(import.meta.dirname, '../src/cli/commands/index.ts')], plugins: [withoutCommands] }
  const { outputFiles } = await build({ ...list, bundle: true, platform: 'node', format: 'esm', write: false })
  const { commands } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  return commands.flatMap(({ name, aliases = [] }) => [name, aliases].flat())
}

/** Leaves out what is only loaded when it is used. */
const withoutCommands = {
  name: 'without-commands',
  setup({ onResolve }) {
    onResolve({ filter: /^/ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined))
  },
}
