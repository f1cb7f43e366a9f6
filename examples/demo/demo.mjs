// Fills an embedded registry with a small company's services and looks at it: `npm run demo`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { company } from './company.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-demo-'))
const registry = `file:${join(folder, 'registry.db')}`
const records = join(folder, 'company.ndjson')

/** Runs one command line on the demo's registry; ends the demo when the status is not the one expected. */
function rollcall(line, { expect = 0, show = true } = {}) {
  if (show) process.stdout.write(`\n$ rollcall ${line}\n`)
  const words = line.split(' ').filter(Boolean)
  const { status, stderr, error } = spawnSync(process.execPath, [join(root, 'bin/rollcall.js'), ...words], {
    stdio: show ? 'inherit' : 'pipe',
    encoding: 'utf8',
    env: { ...process.env, ROLLCALL_REGISTRY: registry },
  })
  if (status === expect) return
  process.stderr.write(`${stderr ?? ''}demo: \`rollcall ${line}\` ended with ${status ?? error}, not with ${expect}\n`)
  process.exit(1)
}

writeFileSync(
  records,
  company(Date.now())
    .map((record) => `${JSON.stringify(record)}\n`)
    .join(''),
)
rollcall(`restore ${records} --yes`, { show: false })

rollcall('ls')
rollcall('ls payments')
rollcall('stats')
rollcall('check-keys --severity warning', { expect: 1 })
rollcall('purge --dry-run')
rollcall('purge --malformed --dry-run')

const bin = relative(process.cwd(), join(root, 'bin/rollcall.js')) || 'rollcall'
process.stdout.write(`
The registry stays, with leases of eight hours. To go on with it:

  export ROLLCALL_REGISTRY=${registry}
  node ${bin} get users/users-1
  node ${bin} purge --malformed
`)
