import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend, RestoreRecord } from '../../../src/backends/contract/backend.ts'
import { local } from '../../../src/backends/local/driver.ts'
import type { Logger } from '../../../src/model/logger.ts'
import type { LayoutName } from '../../../src/model/observed.ts'
import type { Outcome } from '../../../src/model/record.ts'
import { targetOf } from '../../conformance/kv-registry.ts'

/** One embedded registry, opened with this prefix and that layout. */
export class SharedFile implements AsyncDisposable {
  readonly #folder: string
  readonly #opened: Backend[] = []
  readonly warnings: string[] = []

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async create(): Promise<SharedFile> {
    return new SharedFile(await mkdtemp(join(tmpdir(), 'rollcall-kv-')))
  }

  /** `onRequest` is told of each request. */
  async open(
    layout: LayoutName | 'auto' = 'auto',
    prefix?: string,
    onRequest: (request: string) => void = () => {},
  ): Promise<Backend> {
    const target = targetOf(local, `file:${join(this.#folder, 'registry.db')}`, layout, prefix)
    const logger: Logger = { debug: onRequest, info() {}, warn: (message) => this.warnings.push(message) }
    const backend = await local.open(target, { signal: new AbortController().signal, logger, now: Date.now })
    this.#opened.push(backend)
    return backend
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const backend of this.#opened) await backend[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true })
  }
}

/** Puts values under keys, as somebody else would. Keys are escaped. */
export async function plant(backend: Backend, values: Readonly<Record<string, string>>): Promise<Outcome[]> {
  const records = Object.entries(values).map(([id, value]): RestoreRecord => {
    return { id, service: '', body: Buffer.from(value), ttlGranted: null }
  })
  const outcomes: Outcome[] = []
  for await (const outcome of backend.restore?.(records) ?? []) outcomes.push(outcome)
  return outcomes
}

/** A Kratos value. */
export function json(name: string, id: string, endpoint = 'grpc://10.0.0.1:9000'): string {
  return JSON.stringify({ id, name, version: '', metadata: null, endpoints: [endpoint] })
}
