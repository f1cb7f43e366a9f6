// Draws docs/terminal.svg: the output of real commands on the demo's registry, as a terminal shows it.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { company } from '../examples/demo/company.mjs'
import { picture } from './terminal-picture.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'bin/rollcall.js')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-picture-'))
const env = { ...process.env, ROLLCALL_REGISTRY: 'file:registry.db', FORCE_COLOR: '1' }
const COMMANDS = ['ls', 'check-keys --severity error', 'purge --dry-run']

try {
  const records = company(Date.now()).map((record) => `${JSON.stringify(record)}\n`)
  writeFileSync(join(folder, 'company.ndjson'), records.join(''))
  execFileSync(process.execPath, [bin, 'restore', 'company.ndjson', '--yes', '-q'], {
    cwd: folder,
    env,
    stdio: 'ignore',
  })
  const lines = COMMANDS.flatMap((line) => [`\u001b[1m$ rollcall ${line}\u001b[0m`].concat(outputOf(line), ''))
  writeFileSync(join(root, 'docs/terminal.svg'), picture(lines.slice(0, -1)))
} finally {
  rmSync(folder, { recursive: true })
}

/** Both streams, in the order in which a terminal shows them. */
function outputOf(line) {
  const shell = `"${process.execPath}" "${bin}" ${line} 2>&1`
  const { stdout } = spawnSync('sh', ['-c', shell], { cwd: folder, env, encoding: 'utf8' })
  return stdout.replaceAll(folder, '~').trimEnd().split('\n')
}
