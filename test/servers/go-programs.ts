import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached, cacheFolder, onPath } from './cache.ts'
import type { Provisioned, ServerKind } from './kinds.ts'

const run = promisify(execFile)

/** Programs that Go builds at the versions of a module's go.mod. */
export interface GoModule {
  readonly name: string
  /** Where its go.mod and go.sum are, and its own Go code if it has any. */
  readonly folder: string
  /** The variable that may name an endpoint that runs already, where it is a server. */
  readonly variable?: string
  /** Packages by the program they make. */
  readonly commands: Readonly<Record<string, string>>
}

type Programs = Provisioned['programs']

/** Programs from their variable, PATH, the cache, else built once into the cache. */
export function goPrograms(module: GoModule): ServerKind {
  return {
    name: module.name,
    provision(progress) {
      const before = last
      const found = find(module, before, progress)
      last = Promise.allSettled([before, found])
      return found
    },
  }
}

/**
 * One build uses all cores; several at once would compile what they share several times. Turns come in the order in which
 * servers were asked for, so that the tests which wait for the first need not wait for the largest.
 */
let last: Promise<unknown> = Promise.resolve()

type Progress = (line: string) => void

async function find(module: GoModule, turn: Promise<unknown>, progress: Progress): Promise<Provisioned> {
  const endpoint = module.variable === undefined ? undefined : process.env[module.variable]
  const enough = endpoint !== undefined && process.env['ROLLCALL_TEST_REQUIRE'] !== 'all'
  const found = (await fromPath(module)) ?? (await fromCache(module))
  const programs = found ?? (enough ? undefined : await build(module, turn, progress))
  return { ...(endpoint ? { endpoint } : {}), ...(programs ? { programs } : {}) }
}

async function fromPath({ commands }: GoModule): Promise<Programs> {
  const found: Record<string, string> = {}
  for (const name of Object.keys(commands)) {
    const path = await onPath(name)
    if (path === undefined) return undefined
    found[name] = path
  }
  return found
}

async function fromCache(module: GoModule): Promise<Programs> {
  const folder = await cacheOf(module)
  return existsSync(folder) ? programsIn(folder, module) : undefined
}

async function build(module: GoModule, turn: Promise<unknown>, progress: Progress): Promise<Programs> {
  const { name, commands } = module
  const go = await onPath('go')
  if (!go) {
    const wanted = Object.keys(commands).join(' and ')
    throw new Error(`it is not on PATH, and there is no Go to build it; install ${wanted}, or Go 1.25`)
  }
  progress(`${name} is to be built with Go, once for all runs`)
  const folder = await cached(await cacheOf(module), async (temporary) => {
    await turn
    const started = Date.now()
    for (const [program, command] of Object.entries(commands))
      await compile(go, ['-o', join(temporary, program), command], module.folder)
    progress(`${name} is built, in ${Math.round((Date.now() - started) / 1000)} s`)
  })
  return programsIn(folder, module)
}

/** Beside tests that run already, which go first. No debugger will look: that spares a tenth of the time. */
async function compile(go: string, args: readonly string[], cwd: string): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0', GOGC: '400' }
  const all = ['build', '-trimpath', '-ldflags=-s -w', '-gcflags=all=-dwarf=false', ...args]
  const building = run(go, all, { cwd, env, maxBuffer: 1 << 26 })
  if (building.child.pid !== undefined) setPriority(building.child.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  await building
}

async function cacheOf({ name, folder }: GoModule): Promise<string> {
  const code = (await readdir(folder)).filter((file) => file.endsWith('.go')).toSorted()
  const pins = await Promise.all(['go.mod', 'go.sum', ...code].map((file) => readFile(join(folder, file), 'utf8')))
  return cacheFolder(name, pins)
}

function programsIn(folder: string, { commands }: GoModule): Record<string, string> {
  return Object.fromEntries(Object.keys(commands).map((name) => [name, join(folder, name)]))
}
