import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Contestant, Result, Rounds } from './contest.ts'
import { type CommandLine, type Serving, outputHash, run, runMetered } from './process.ts'

/** Measures one piece of work, or a few that belong together. */
export interface Row {
  /** By which a run picks it. */
  readonly name: string
  readonly about: string
  measure(bench: Bench): Promise<readonly Result[]>
}

const FEWEST = 10

interface BenchOptions extends Rounds {
  /** The folder of the project, which has been built. */
  readonly root: string
}

/** What every row works with: how often and how much, a folder, and registries that several rows read. */
export class Bench implements AsyncDisposable, Rounds {
  readonly root: string
  readonly rounds: number
  /** 1, or less for a trial. */
  readonly scale: number
  readonly folder: string
  readonly #shared = new Map<string, Promise<unknown>>()

  constructor({ root, rounds, scale }: BenchOptions) {
    this.root = root
    this.rounds = rounds
    this.scale = scale
    this.folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }))
  }

  /** A count on the scale of this run. */
  scaled(count: number): number {
    return Math.min(count, Math.max(FEWEST, Math.round(count * this.scale)))
  }

  /** For a row that takes long: no more rounds than these. */
  roundsAtMost(most: number): Rounds {
    return { rounds: Math.min(this.rounds, most), scale: this.scale }
  }

  /** Makes it when the first row needs it; it is disposed of at the end. */
  shared<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#shared.get(name) as Promise<T> | undefined) ?? make()
    this.#shared.set(name, made)
    return made
  }

  /** rollcall as it is installed, with a registry by its URL. */
  rollcall(registry: string, ...args: string[]): CommandLine {
    const env = { ROLLCALL_REGISTRY: registry, XDG_CACHE_HOME: join(this.folder, 'cache') }
    return { argv: [process.execPath, join(this.root, 'bin/rollcall.js'), ...args], env }
  }

  /** Every instance of a registry, a line of JSON each. */
  fullList(registry: string, ...args: string[]): CommandLine {
    return this.rollcall(registry, 'ls', '--all', '-o', 'ndjson', ...args)
  }

  /** One of the programs in bench/clients. */
  client(name: string, ...args: string[]): CommandLine {
    return { argv: [process.execPath, join(this.root, `dist/bench/${name}.mjs`), ...args] }
  }

  /** A contestant that is a whole process. */
  program(name: string, line: CommandLine, server?: Serving): Contestant {
    return { name, measure: () => run(this.folder, line, server) }
  }

  /** The peak memory of a process of Node's. */
  peakMemory(name: string, line: CommandLine): Contestant {
    return { name, measure: async () => ({ memory: (await runMetered(this.folder, line)).memory ?? 0 }) }
  }

  /** @throws Error where they do not write the same, byte for byte */
  async requireSameOutput(ours: CommandLine, raw: CommandLine): Promise<void> {
    if ((await outputHash(this.folder, ours)) !== (await outputHash(this.folder, raw)))
      throw new Error(`${raw.argv.join(' ')} writes other lines`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const made of this.#shared.values()) {
      const thing = await made.catch(() => undefined)
      if (isDisposable(thing)) await thing[Symbol.asyncDispose]()
    }
  }
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** `10,000` */
export function counted(count: number): string {
  return count.toLocaleString('en')
}

function isDisposable(thing: unknown): thing is AsyncDisposable {
  return typeof thing === 'object' && thing !== null && Symbol.asyncDispose in thing
}
