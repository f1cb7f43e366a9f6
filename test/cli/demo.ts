import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { company } from '../../examples/demo/company.mjs'
import { type Ran, type RunOptions, type Running, run, start } from './run.ts'

/** The demo company's registry in a file of its own, and a folder beside it. */
export class Demo implements AsyncDisposable {
  readonly folder: string
  /** What every command of this demo sees. */
  readonly env: Readonly<Record<string, string>>

  private constructor(folder: string) {
    this.folder = folder
    this.env = { ROLLCALL_REGISTRY: `file:${this.file}`, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder }
  }

  static async open(): Promise<Demo> {
    const demo = new Demo(await mkdtemp(join(tmpdir(), 'rollcall-cli-')))
    await copyFile(await (template ??= filled()), demo.file)
    return demo
  }

  get file(): string {
    return join(this.folder, 'registry.db')
  }

  run(line: string | readonly string[], options: RunOptions = {}): Promise<Ran> {
    return run(line, this.#with(options))
  }

  start(line: string | readonly string[], options: RunOptions = {}): Running {
    return start(line, this.#with(options))
  }

  /** What `-o json` prints. */
  async json(line: string, options: RunOptions = {}): Promise<Json> {
    const { status, stdout, stderr } = await this.run(`${line} -o json`, options)
    if (stdout === '') throw new Error(`${line} printed nothing, status ${status}: ${stderr}`)
    return JSON.parse(stdout)
  }

  #with(options: RunOptions): RunOptions {
    return { cwd: this.folder, ...options, env: { ...this.env, ...options.env } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true })
  }
}

/** Whatever JSON holds; the schemas are held elsewhere. */
// eslint-disable-next-line typescript/no-explicit-any -- a test asks it for what it expects
export type Json = any

let template: Promise<string> | undefined

/** Made once for a file of tests; the operating system clears it away. */
async function filled(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-cli-template-'))
  const records = join(folder, 'company.ndjson')
  const lines = company(Date.now()).map((record: object) => `${JSON.stringify(record)}\n`)
  await writeFile(records, lines.join(''))
  const file = join(folder, 'registry.db')
  const { status, stderr } = await run(['restore', records, '--yes', '-r', `file:${file}`])
  if (status !== 0) throw new Error(stderr)
  return file
}
