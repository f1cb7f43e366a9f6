// Makes sea/rollcall, one file for hosts without Node: a Node with the command line in it. Linux x64. `-- --node FILE` says which Node,
// else it is the one that runs this; from 22.15 on it has the embedded registry. Then tries it.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { inject } from 'postject'
import { bundle } from './bundle.mjs'
import { writeStart } from './write-start.mjs'

/** By this Node knows that it is no longer only Node. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const MAIN = 'start.cjs'

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    out: { type: 'string', default: join(import.meta.dirname, '../sea/rollcall') },
  },
})
if (process.platform !== 'linux' || process.arch !== 'x64')
  throw new Error('this makes a program for Linux x64, on such a machine')

const folder = mkdtempSync(join(tmpdir(), 'rollcall-sea-'))
try {
  const built = join(folder, 'built')
  await bundle(built)
  await writeStart(built, { inOneFile: true })
  await make(built)
  attempt()
} finally {
  rmSync(folder, { recursive: true })
}

/** The folder's main file becomes what the program runs, and all others its assets. */
async function make(built) {
  const names = readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== MAIN)
    .map((entry) => join(entry.parentPath, entry.name))
  const output = join(folder, 'blob')
  const config = {
    main: join(built, MAIN),
    output,
    disableExperimentalSEAWarning: true,
    assets: Object.fromEntries(names.map((path) => [relative(built, path), path])),
  }
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(config))
  execFileSync(values.node, ['--experimental-sea-config', join(folder, 'sea.json')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  mkdirSync(join(values.out, '..'), { recursive: true })
  rmSync(values.out, { force: true })
  copyFileSync(values.node, values.out)
  await inject(values.out, 'NODE_SEA_BLOB', readFileSync(output), { sentinelFuse: FUSE })
  chmodSync(values.out, 0o755)
}

/** Throws where it does not do what the package does. */
function attempt() {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  expectIn(run('version'), `rollcall ${version}`)
  expectIn(run('--help'), 'Usage: rollcall ')
  expectIn(run('completion', 'bash'), 'rollcall')
  if (hasSqlite()) {
    const registry = ['-r', 'file:tried.db', '-o', 'json']
    expectIn(
      run('register', 'sre', '--id', 'sre-1', '-e', 'grpc://10.0.0.1:9000', '--ttl', '1h', ...registry),
      '"created"',
    )
    expectIn(run('ls', '--all', '--query', 'items[].name', ...registry), '"sre"')
    expectIn(run('ls', 'sre', '-r', 'file:tried.db', '-o', 'yaml'), 'name: sre')
  } else {
    expectIn(refusal('ls', '-r', 'file:tried.db'), 'npm run build:sea -- --node')
    process.stdout.write('this Node has no SQLite: without the embedded registry\n')
  }
  process.stdout.write(`${values.out}: tried\n`)
}

/** From 22.15 on, as the embedded registry needs it. */
function hasSqlite() {
  const version = execFileSync(values.node, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 15)
}

/** What it prints, in an empty folder and without a Node on its PATH. */
function run(...words) {
  return execFileSync(values.out, words, surroundings())
}

/** What it says on standard error instead. */
function refusal(...words) {
  const { status, stderr } = spawnSync(values.out, words, surroundings())
  if (status === 0) throw new Error(`${words.join(' ')} was not refused`)
  return stderr
}

function surroundings() {
  return { cwd: folder, env: { HOME: folder }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }
}

function expectIn(text, part) {
  if (!text.includes(part)) throw new Error(`"${part}" is not in what it printed:\n${text}`)
}
