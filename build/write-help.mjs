import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { runInThisContext } from 'node:vm'

/** Puts help/ beside the rollcall.cjs of a folder: what that prints for `--help`, and for the `--help` of each of these words. */
export async function writeHelp(folder, words) {
  const { main } = load(join(folder, 'rollcall.cjs'))
  mkdirSync(join(folder, 'help'), { recursive: true })
  writeFileSync(join(folder, 'help/rollcall.txt'), await printed(main, ['--help']))
  for (const word of words) writeFileSync(join(folder, 'help', `${word}.txt`), await printed(main, [word, '--help']))
}

function load(bundle) {
  const module = { exports: {} }
  const run = runInThisContext(readFileSync(bundle, 'latin1'), { filename: bundle })
  run(module.exports, createRequire(bundle), module, bundle, join(bundle, '..'))
  return module.exports
}

async function printed(main, argv) {
  let [text, complaint] = ['', '']
  const stdout = { isTerminal: false, write: async (more) => (text += more) }
  const stderr = { isTerminal: false, write: async (more) => (complaint += more) }
  const status = await main(argv, { stdout, stderr, env: {} })
  if (status !== 0) throw new Error(`rollcall ${argv.join(' ')}: ${complaint}`)
  return text
}
