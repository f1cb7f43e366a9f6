import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Puts help/ into a folder: what the bundle prints for `--help`, and for the `--help` of each command. */
export async function writeHelp(folder, { main, commandNames }) {
  mkdirSync(join(folder, 'help'), { recursive: true })
  writeFileSync(join(folder, 'help/rollcall.txt'), await printed(main, ['--help']))
  for (const name of commandNames)
    writeFileSync(join(folder, 'help', `${name}.txt`), await printed(main, [name, '--help']))
}

async function printed(main, argv) {
  let [text, complaint] = ['', '']
  const stdout = { isTerminal: false, write: async (more) => (text += more) }
  const stderr = { isTerminal: false, write: async (more) => (complaint += more) }
  const status = await main(argv, { stdout, stderr, env: {} })
  if (status !== 0) throw new Error(`rollcall ${argv.join(' ')}: ${complaint}`)
  return text
}
