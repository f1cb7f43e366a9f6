import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import type { Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../build/bundle.mjs'

const BYTES = 1_450_000
const HELP_BYTES = 30_000
/** What esbuild itself puts into the bundle. */
const RUNTIME = '<runtime>'
const FILES = [
  'library-consul.cjs.br',
  'library-etcd.cjs.br',
  'library-prompts.cjs.br',
  'library-query.cjs.br',
  'library-serve.cjs.br',
  'library-yaml.cjs.br',
  'rollcall.cjs',
]

describe('the bundle', () => {
  let folder: string
  let metafile: Metafile

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-bundle-'))
    ;({ metafile } = await bundle(folder))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is one file of a bounded size, with the libraries that few commands load beside it', async () => {
    const outputs = Object.values(metafile.outputs)
    expect(outputs).toHaveLength(1)
    expect(outputs[0]?.bytes).toBeLessThan(BYTES)
    expect((await readdir(folder)).sort()).toEqual(FILES)
  })

  it('is ASCII, regular expressions and all, since it is read as Latin-1', async () => {
    for (const file of FILES) {
      const bytes = await readFile(join(folder, file))
      const text = (file.endsWith('.br') ? brotliDecompressSync(bytes) : bytes).toString('latin1')
      expect(/.{0,40}[\x80-\xff]/.exec(text)?.[0], file).toBeUndefined()
    }
  })

  it('loads no library for --help, and little of our own', () => {
    const loaded = loadedBy(metafile, ['src/cli/main.ts'])
    expect(packagesOf(loaded)).toEqual([])
    expect(bytesOf(metafile, loaded)).toBeLessThan(HELP_BYTES)
  })

  it('loads no registry’s library for ls before it is known which, nor what other formats need', () => {
    const files = ['main.ts', 'program.ts', 'session.ts', 'output/error-report.ts', 'commands/ls.ts']
    const loaded = loadedBy(
      metafile,
      files.map((file) => `src/cli/${file}`),
    )
    expect(packagesOf(loaded)).toEqual(['commander'])
    expect(besideOf(metafile, loaded)).toEqual([])
  })

  it('loads no cryptography to read a file', () => {
    const files = ['cli/commands/ls.ts', 'config/resolve.ts', 'backends/local/store.ts']
    const builtIn = builtInFor(metafile, files)
    expect(builtIn).toContain('node:path')
    expect(builtIn.filter((path) => /crypto|tls|http/.test(path))).toEqual([])
  })

  it('loads nothing that speaks to endpoints where a purge probes none', () => {
    const files = ['cli/commands/purge.ts', 'config/resolve.ts', 'backends/local/store.ts']
    expect(builtInFor(metafile, files).filter((path) => /tls|http/.test(path))).toEqual([])
  })

  it('loads for etcd what etcd needs', () => {
    const loaded = loadedBy(metafile, ['src/backends/etcd/store.ts'])
    expect(packagesOf(loaded)).toEqual([])
    expect(besideOf(metafile, loaded)).toEqual([])
  })
})

/** The files that are evaluated with these: what they import, but not what is imported when it is needed. */
function loadedBy({ inputs }: Metafile, entries: readonly string[]): Set<string> {
  const loaded = new Set<string>()
  const waiting = [...entries]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const input = inputs[file]
    if (!input || loaded.has(file)) continue
    loaded.add(file)
    waiting.push(...input.imports.filter(({ kind }) => kind !== 'dynamic-import').map(({ path }) => path))
  }
  for (const entry of entries) expect(loaded).toContain(entry)
  return loaded
}

/** Node's own modules that are loaded for a client's command with these files. */
function builtInFor(metafile: Metafile, files: readonly string[]): string[] {
  const all = ['cli/session.ts', 'client/client.ts', ...files]
  const loaded = loadedBy(
    metafile,
    all.map((file) => `src/${file}`),
  )
  const own = [...loaded].flatMap((file) => metafile.inputs[file]?.imports ?? [])
  return own.filter(({ external, kind }) => external && kind !== 'dynamic-import').map(({ path }) => path)
}

function packagesOf(files: Iterable<string>): string[] {
  const names = [...files].flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])
  return [...new Set(names)].sort()
}

/** The packages outside of the bundle that are loaded with these files. */
function besideOf({ inputs }: Metafile, files: Iterable<string>): string[] {
  const imported = [...files].flatMap((file) => inputs[file]?.imports ?? [])
  const outside = imported.filter(({ external, kind }) => external && kind !== 'dynamic-import')
  return outside.map(({ path }) => path).filter((path) => path !== RUNTIME && !isBuiltin(path))
}

function bytesOf({ outputs }: Metafile, files: Iterable<string>): number {
  const inputs = Object.values(outputs)[0]?.inputs ?? {}
  return [...files].reduce((sum, file) => sum + (inputs[file]?.bytesInOutput ?? 0), 0)
}
