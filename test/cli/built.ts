import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from '../../build/bundle.mjs'

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
    const built = new Built(await mkdtemp(join(import.meta.dirname, '../../node_modules', '.rollcall-')))
    await bundle(join(built.#folder, 'main.cjs'))
    await writeFile(built.program, `require('./main.cjs').runProcess()\n`)
    return built
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}
