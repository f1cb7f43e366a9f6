import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')

/** Programs of examples/, bundled with the library as the source has it. */
export interface ExamplePrograms extends AsyncDisposable {
  /** Where they run, for their registries. */
  readonly folder: string
  /** Runs one until it ends by itself; the lines that it printed. */
  printed(name: string, url: string): Promise<string[]>
}

/** Builds programs by their names, without the ending. */
export async function buildExamples(names: readonly string[]): Promise<ExamplePrograms> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-examples-'))
  // Below node_modules, so that what a program imports is found.
  const built = await mkdtemp(join(root, 'node_modules', '.rollcall-examples-'))
  const entries = ['testing', 'grpc', 'fetch'].map((each) => [`rollcall/${each}`, join(root, `src/${each}/index.ts`)])
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `examples/${name}.ts`, out: name })),
    outdir: built,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    alias: { rollcall: join(root, 'src/index.ts'), ...Object.fromEntries(entries) },
    platform: 'node',
    target: 'node20',
    format: 'esm',
  })
  return {
    folder,
    async printed(name, url) {
      const { stdout } = await run(process.execPath, [join(built, `${name}.mjs`), url], { cwd: folder })
      return stdout.trimEnd().split('\n')
    },
    async [Symbol.asyncDispose]() {
      await rm(built, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
