import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Puts help.txt into a folder: what the bundle prints for `--help`, and for the `--help` of each command, below a line with NUL and the
 * command's name. One file: each takes four kilobytes at least.
 */
export async function writeHelp(folder, { main, commandNames }) {
  const texts = [`\0rollcall\n${await printed(main, ['--help'])}`]
  for (const name of commandNames) texts.push(`\0${name}\n${await printed(main, [name, '--help'])}`)
  writeFileSync(join(folder, 'help.txt'), `${texts.join('')}\0`)
}

async function printed(main, argv) {
  let [text, complaint] = ['', '']
  const stdout = { isTerminal: false, write: async (more) => (text += more) }
  const stderr = { isTerminal: false, write: async (more) => (complaint += more) }
  const status = await main(argv, { stdout, stderr, env: {} })
  if (status !== 0) throw new Error(`rollcall ${argv.join(' ')}: ${complaint}`)
  return text
}
