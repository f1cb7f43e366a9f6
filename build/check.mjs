// Checks the source and the package made of it, side by side. A tool that finds nothing is a line; else all it printed is shown.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = await mkdtemp(join(tmpdir(), 'rollcall-package-'))

/** Whether it found nothing. Programs are on npm's path. */
function check(program, ...words) {
  const began = performance.now()
  const options = {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    maxBuffer: 1 << 26,
  }
  return new Promise((resolve) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      process.stdout.write(`${error ? 'FAILED' : 'ok    '} ${program} (${seconds} s)\n`)
      if (error) process.stdout.write(`${stdout}${stderr}${typeof error.code === 'number' ? '' : `${error.message}\n`}`)
      resolve(error === null)
    })
  })
}

/** Packs once, which builds it too; both look at what users would install. */
async function checkPackage() {
  if (!(await check('npm', 'pack', '--pack-destination', folder))) return false
  const [file] = await readdir(folder)
  const archive = join(folder, file)
  const found = [check('publint', 'run', archive, '--strict'), check('attw', archive, '--profile', 'esm-only')]
  return (await Promise.all(found)).every(Boolean)
}

const checks = [
  checkPackage(),
  check('biome', 'format', '.'),
  check('oxlint', '--type-aware'),
  check('tsc', '-p', '.'),
  check('tsc', '-p', 'tsconfig.page.json'),
  check('knip'),
]
const good = (await Promise.all(checks)).every(Boolean)
await rm(folder, { recursive: true })
process.exitCode = good ? 0 : 1
