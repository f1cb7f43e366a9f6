// Packs the source twice, here and in a copy elsewhere, and compares: whoever has the source can make the archive that was published.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'rollcall-twice-'))
try {
  const copy = join(folder, 'another/place')
  mkdirSync(copy, { recursive: true })
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of listed.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  execFileSync('cp', ['-a', join(root, 'node_modules'), copy])
  const [here, there] = [packed(root, 'here'), packed(copy, 'there')]
  process.stdout.write(`${here} here\n${there} in ${copy}\n`)
  if (here !== there) throw new Error('the two archives differ')
} finally {
  rmSync(folder, { recursive: true })
}

function packed(source, name) {
  const target = join(folder, name)
  mkdirSync(target)
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', target], {
    cwd: source,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { filename } = JSON.parse(printed.slice(printed.indexOf('[')))[0]
  return createHash('sha256')
    .update(readFileSync(join(target, filename)))
    .digest('hex')
}
