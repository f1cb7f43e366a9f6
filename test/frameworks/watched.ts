import { expect } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { type Ran, type Running, start } from '../cli/run.ts'

/** For what a process does that has a whole framework to load first. */
export const eventually = <Value>(what: () => Value) => expect.poll(what, { timeout: 120_000 })

/** A `rollcall watch` of a registry: what it has told of instances, a line each, such as `added user.rpc 10.0.0.1:8080`. */
export class Watched implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #running: Running

  private constructor(words: readonly string[]) {
    this.#running = start(['watch', ...words, '-o', 'ndjson'], { signal: this.#stop.signal })
  }

  /** Resolves when it has told what is there already. `words`: the registry, and whatever else the command is to have. */
  static async start(words: readonly string[]): Promise<Watched> {
    const watched = new Watched(words)
    await eventually(() => watched.#running.stdout.text()).toContain('"synced"')
    return watched
  }

  told(): string[] {
    const events = this.#running.stdout.text().split('\n').filter(Boolean)
    return events.map((line) => lineOf(JSON.parse(line))).filter((line) => line !== undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RollcallError('interrupted', 'interrupted'))
    const ended: Ran = await this.#running.ended
    expect(ended.status, ended.stderr).toBe(130)
  }
}

interface WatchEvent {
  readonly type: string
  readonly instance?: { readonly name: string; readonly endpoints: readonly string[] }
}

function lineOf({ type, instance }: WatchEvent): string | undefined {
  return instance && `${type} ${instance.name} ${instance.endpoints.join(' ')}`
}
