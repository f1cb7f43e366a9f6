import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { PRINTED as GUIDE_PRINTED } from '../example-output.ts'
import { GUIDE, PRINTED, PROGRAMS, guidePrograms, typePrograms } from './programs.ts'
import { type Project, makeProject, packed } from './project.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
/** Before 22.15 the package has to be there. */
const hasSqlite = major > 22 || (major === 22 && minor >= 15)
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const FILES = [
  'compiled/esm.js',
  'compiled/common.cjs',
  'plain.cjs',
  'bundled/esbuild.mjs',
  'bundled/esbuild.cjs',
  'bundled/rolldown.mjs',
  'bundled/rolldown.cjs',
]
/** Each program of the guide: as ESM, as CommonJS, and bundled. */
const GUIDE_FILES = GUIDE.flatMap((name) =>
  [`compiled/${name}.js`, `compiled/${name}-common.cjs`, `bundled/${name}.mjs`].map((file) => ({ file, name })),
)

const root = join(import.meta.dirname, '../..')

let unpacked: string
let project: Project

beforeAll(async () => {
  unpacked = await packed()
  project = await makeProject(unpacked, { sqlite: !hasSqlite })
  for (const [name, text] of [...Object.entries(PROGRAMS), ...(await guidePrograms()), ...(await typePrograms())])
    await writeFile(join(project.folder, name), text)
  const compiled = await node(project, tsc, '-p', '.')
  expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' })
  await bundle(project.folder)
})
afterAll(() => rm(dirname(unpacked), { recursive: true }))

/** Without a word on what a bundler is to leave out. */
async function bundle(folder: string): Promise<void> {
  await mkdir(join(folder, 'bundled'))
  for (const [format, ending, input] of [
    ['esm', 'mjs', 'compiled/esm.js'],
    ['cjs', 'cjs', 'compiled/common.cjs'],
  ] as const) {
    const entry = join(folder, input)
    const outfile = join(folder, `bundled/esbuild.${ending}`)
    const { warnings } = await build({ entryPoints: [entry], outfile, format, bundle: true, platform: 'node' })
    expect(warnings).toEqual([])
    await using rolled = await rolldown({ input: entry, platform: 'node', cwd: folder })
    await rolled.write({ file: join(folder, `bundled/rolldown.${ending}`), format, codeSplitting: false })
  }
  for (const name of GUIDE) {
    const entry = join(folder, `compiled/${name}.js`)
    await build({
      entryPoints: [entry],
      outfile: join(folder, `bundled/${name}.mjs`),
      format: 'esm',
      bundle: true,
      platform: 'node',
    })
  }
}

interface Ended {
  readonly status: unknown
  readonly stdout: string
  readonly stderr: string
}

/** Runs Node in the project until it ends by itself. */
function node({ folder }: Project, ...words: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: folder, XDG_CACHE_HOME: folder, XDG_STATE_HOME: folder }
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: folder, env, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ status: error ? (error.signal ?? error.code) : 0, stdout, stderr })
    })
  })
}

function guideOutput(name: string): string {
  return (GUIDE_PRINTED[`guide/${name}`] ?? []).map((line) => `${line}\n`).join('')
}

/** Runs the installed command line on a registry of its own. */
function rollcall(line: string): Promise<Ended> {
  return node(project, project.program, ...line.split(' '), '-r', 'file:command.db')
}

describe('the packed file in a fresh project', () => {
  it.each(FILES)('%s registers, watches and ends by itself on the embedded registry', async (file) => {
    const url = `file:${join(project.folder, file.replaceAll('/', '-'))}.db`
    // The registry is there before its services are.
    const other = ['register', 'other', '-e', 'grpc://10.0.0.1:9000', '-q', '-r', url]
    expect(await node(project, project.program, ...other)).toMatchObject({ status: 0, stderr: '' })
    expect(await node(project, file, url)).toEqual({ status: 0, stdout: PRINTED, stderr: '' })
  })

  it.each(GUIDE_FILES)('$file of the guide does what its page says, and ends by itself', async ({ file, name }) => {
    const url = `file:${join(project.folder, file.replaceAll('/', '-'))}.db`
    expect(await node(project, file, url)).toEqual({ status: 0, stdout: guideOutput(name), stderr: '' })
  })

  it('has all that the command line needs', async () => {
    expect(await rollcall('register sre --id sre-1 -e grpc://10.0.0.1:9000 --ttl 1h -q -o json')).toMatchObject({
      status: 0,
    })
    expect(await rollcall('ls --all --query items[].name -o yaml -q')).toEqual({
      status: 0,
      stdout: '- sre\n',
      stderr: '',
    })
    expect(await rollcall('serve --listen 127.0.0.1:0 --insecure-no-auth --timeout 1s')).toMatchObject({
      status: 124,
      stderr: expect.stringContaining('listening at'),
    })
  })

  it.skipIf(hasSqlite)('names the command that installs SQLite where Node has none', async () => {
    const bare = await makeProject(unpacked, { sqlite: false })
    const { status, stderr } = await node(bare, bare.program, 'ls', '-r', 'file:x.db')
    expect(status).not.toBe(0)
    expect(stderr).toContain('npm install @photostructure/sqlite')
  })

  it('shows places in the source where Node is asked to', async () => {
    const code =
      "import('rollcall').then(({ connect }) => connect('nix://')).catch((error) => console.log(error.stack))"
    const { stdout } = await node(project, '--enable-source-maps', '-e', code)
    expect(stdout).toMatch(/\/src\/config\/[\w/-]+\.ts:\d+|\/src\/client\/[\w/-]+\.ts:\d+/)
  })

  it('has the sources that its maps name, but for those of packages', async () => {
    const map = JSON.parse(await readFile(join(unpacked, 'dist/lib/testing/index.js.map'), 'utf8'))
    const names: readonly string[] = map.sources
    const own = names.findIndex((name) => name.endsWith('/src/testing/test-registry.ts'))
    expect(own).not.toBe(-1)
    expect(map.sourcesContent[own]).toBe(
      await readFile(join(import.meta.dirname, '../../src/testing/test-registry.ts'), 'utf8'),
    )
  })

  it('says what it holds of others, with their terms', async () => {
    const bom = JSON.parse(await readFile(join(unpacked, 'dist/sbom.cdx.json'), 'utf8'))
    const terms = await readFile(join(unpacked, 'dist/THIRD-PARTY.txt'), 'utf8')
    const names = bom.components.map(({ purl }: { readonly purl: string }) =>
      decodeURIComponent(purl.replace('pkg:npm/', '')),
    )
    for (const name of ['commander', 'etcd3', 'protobufjs', 'fastify', 'yaml'])
      expect(names).toContainEqual(expect.stringMatching(`^${name}@\\d`))
    for (const name of names) expect(terms).toContain(`\n${name} (`)
    // Whole, and once, though some who use it name themselves in it.
    expect(terms.match(/^ *Apache License$/gm)).toHaveLength(1)
    expect(terms).toContain('(c) You must retain, in the Source form')
  })

  it('leaves room below 24 MB for the packages that it needs, which take 18,760 KB', async () => {
    const names = await readdir(unpacked, { recursive: true })
    const files = await Promise.all(names.map((name) => stat(join(unpacked, name))))
    const blocks = files.map((file) => Math.ceil(file.size / 4096))
    expect(blocks.reduce((sum, each) => sum + each, 0) * 4).toBeLessThan(24_576 - 18_760)
  })
})

await describeWith('etcd', 'the packed file in a fresh project, with etcd', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  it.each(FILES)('%s registers, watches and ends by itself', async (file) => {
    expect(await node(project, file, `etcd://${etcd.endpoint}`)).toEqual({ status: 0, stdout: PRINTED, stderr: '' })
  })

  it.each(GUIDE_FILES)('$file of the guide does what its page says, and ends by itself', async ({ file, name }) => {
    await etcd.removeAll()
    const ended = await node(project, file, `etcd://${etcd.endpoint}`)
    expect(ended).toEqual({ status: 0, stdout: guideOutput(name), stderr: '' })
  })
})

// Here and not in a file of its own: each of these builds dist/ anew.
describe('what is made of the source', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-made-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const script = (name: string, ...words: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'build', name), ...words], { cwd: folder, maxBuffer: 1 << 26 })

  it('is the same archive to the byte, wherever it is packed', async () => {
    const { stdout } = await script('reproducible.mjs')
    const [here, ...others] = stdout.match(/^[0-9a-f]{64}/gm) ?? []
    expect(others).toEqual([here])
  })

  it.skipIf(`${process.platform} ${process.arch}` !== 'linux x64')(
    'is one file for hosts without Node, too, which does what the package does',
    async () => {
      const { stdout } = await script('sea.mjs', '--out', join(folder, 'rollcall'))
      expect(stdout).toContain('rollcall: tried')
    },
  )
})
