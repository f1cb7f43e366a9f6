import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')

/** The command line as a program of its own, built as the package builds it. */
export class Built implements AsyncDisposable {
  /** What node is to run. */
  readonly program: string
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.program = join(folder, 'rollcall.cjs')
  }

  static async build(): Promise<Built> {
    // Below node_modules, so that what is not bundled is found.
    const built = new Built(await mkdtemp(join(ROOT, 'node_modules', '.rollcall-')))
    const { etcd3Plugin } = await import(join(ROOT, 'build/etcd3-plugin.mjs'))
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(built.#folder, 'main.cjs'),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      supported: { 'dynamic-import': false },
      external: ['@photostructure/sqlite'],
      logLevel: 'error',
      plugins: [etcd3Plugin()],
    })
    await writeFile(built.program, `require('./main.cjs').runProcess()\n`)
    return built
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}
