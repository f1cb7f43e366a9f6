import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { company } from '../../examples/demo/company.mjs'
import { cached } from '../servers/cache.ts'
import { type Ran, type RunOptions, type Running, run, start } from './run.ts'

const FILE = 'registry.db'
/** Milliseconds. */
const KEPT = 15_000

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
    await copyFile(await template(), demo.file)
    return demo
  }

  get file(): string {
    return join(this.folder, FILE)
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

/** Made once for all tests of some seconds: by and by, who does not renew there is taken for dead. */
async function template(): Promise<string> {
  const age = Math.floor(Date.now() / KEPT)
  const folder = await cached(join(inject('runFolder'), `demo-${age}`), async (temporary) => {
    const records = join(temporary, 'company.ndjson')
    const lines = company(Date.now()).map((record: object) => `${JSON.stringify(record)}\n`)
    await writeFile(records, lines.join(''))
    const { status, stderr } = await run(['restore', records, '--yes', '-r', `file:${join(temporary, FILE)}`])
    if (status !== 0) throw new Error(stderr)
  })
  return join(folder, FILE)
}
