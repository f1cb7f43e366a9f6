import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')

/** Each program with what it prints, one line in any registry. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'guide/register': ['registered', 'created, and a heartbeat every 5000 ms', 'orders-1 http://10.0.0.7:8000'],
  'guide/discover': [
    'created 1',
    '1: orders-1 at orders-1.local:8000',
    '2: orders-1 at orders-1.local:8000',
    '2: orders-2 at orders-2.local:8000',
  ],
  'guide/cache': ['1 http://10.0.0.7:8000', '2 http://10.0.0.7:8000', '3 http://10.0.0.7:8000', 'up to date'],
  'guide/balance': ['orders-1: BadStatus', '200 orders-2', 'orders-1: BadStatus', '200 orders-2'],
  'guide/survive': ['called 10.0.0.7:8000 (by a list that is up to date)'],
  'guide/test': ['as it should be'],
  operations: [
    'wait: two are up',
    'stats: 2',
    'check: RC1301 the key has no lease: it never expires, and nothing shows that it is alive',
    'check: RC1301 the key has no lease: it never expires, and nothing shows that it is alive',
    'verify: true',
    'import: pay-1 created',
    'import: pay-2 created',
    'diff: removed pay pay-2',
    'purge: 2 1',
    'restore: done',
    'restore: done',
    'journal: true',
  ],
  names: [
    'grpc://127.0.0.1:1',
    'true true true',
    'usage true',
    'unsupported',
    'grpc://127.0.0.1:1 false',
    'true',
    '1 0 created',
    '127.0.0.1:1 true',
  ],
  grpc: ['function', 'you said hello'],
}
const names = Object.keys(PRINTED)

let built: string
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-guide-'))
  // Below node_modules, so that what a program imports is found.
  built = await mkdtemp(join(root, 'node_modules', '.rollcall-guide-'))
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `examples/${name}.ts`, out: name })),
    outdir: built,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    alias: {
      rollcall: join(root, 'src/index.ts'),
      ...Object.fromEntries(
        ['testing', 'grpc', 'fetch'].map((each) => [`rollcall/${each}`, join(root, `src/${each}/index.ts`)]),
      ),
    },
    platform: 'node',
    target: 'node20',
    format: 'esm',
  })
})
afterAll(async () => {
  await rm(built, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
})

/** Runs until the program ends by itself. */
async function printed(name: string, url: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, [join(built, `${name}.mjs`), url], { cwd: folder })
  return stdout.trimEnd().split('\n')
}

describe('the programs of the guide and the reference', () => {
  it.each(names)('run and end by themselves in an embedded registry: %s', async (name) => {
    expect(await printed(name, `file:${join(folder, `${name.replace('/', '-')}.db`)}`)).toEqual(PRINTED[name])
  })

  it('are all there are, and stand in the pages of the guide word for word', async () => {
    const guide = (await readdir(join(root, 'examples/guide'))).map((file) => file.replace('.ts', ''))
    expect(guide.toSorted()).toEqual(names.flatMap((name) => /^guide\/(.*)/.exec(name)?.[1] ?? []).toSorted())
    for (const name of guide) {
      const page = await readFile(join(root, 'docs/guide', `${name}.md`), 'utf8')
      expect(page).toContain(`\`\`\`ts\n${await readFile(join(root, 'examples/guide', `${name}.ts`), 'utf8')}\`\`\``)
    }
  })
})

await describeWith('etcd', 'the programs of the guide and the reference, with etcd', () => {
  it('run and end by themselves', async () => {
    await using etcd = await startEtcd()
    for (const name of names) {
      await etcd.removeAll()
      const lines = await printed(name, `etcd://${etcd.endpoint}`)
      expect({ name, lines }).toEqual({ name, lines: PRINTED[name] })
    }
  })
})
