import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, transform } from 'esbuild'

/** Puts start.cjs beside the rollcall.cjs of a folder. */
export async function writeStart(folder) {
  const bundle = readFileSync(join(folder, 'rollcall.cjs'))
  const hash = createHash('sha256').update(bundle).digest('hex').slice(0, 16)
  const define = { BUNDLE: JSON.stringify(hash), COMMANDS: JSON.stringify(await commandNames()) }
  const { code } = await transform(readFileSync(join(import.meta.dirname, 'start.cjs'), 'utf8'), { define })
  writeFileSync(join(folder, 'start.cjs'), code)
}

/** From the list of commands, none of which is loaded. */
async function commandNames() {
  const list = { entryPoints: [join(import.meta.dirname, '../src/cli/commands/index.ts')], external: ['./*.ts'] }
  const { outputFiles } = await build({ ...list, bundle: true, format: 'esm', write: false })
  const { commands } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
  return commands.flatMap(({ name, aliases = [] }) => [name, aliases].flat())
}
