import type { TestProject } from 'vitest/node'
import { KINDS, type Provisioned, type ServerKind } from './kinds.ts'

/** What tests are given by `inject('servers')`: each kind's server, or why there is none. */
export type Servers = Readonly<Record<string, Provisioned | Missing>>

export interface Missing {
  readonly missing: string
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: Servers
  }
}

const DEFAULT = 'etcd,consul,zookeeper,chromium'

/** Vitest's global setup: provisions the wanted servers once a run; the function it returns sums up at the end. */
export default async function setup(project: TestProject): Promise<() => void> {
  const wanted = wantedKinds(process.env['ROLLCALL_TEST_SERVERS'] || DEFAULT)
  // At once: one is downloaded while another is built.
  const provisioned = KINDS.map(async (kind) => {
    const server = wanted.has(kind.name) ? await attempt(kind) : { missing: notWanted(kind.name) }
    return [kind.name, server] as const
  })
  const servers: Readonly<Record<string, Provisioned | Missing>> = Object.fromEntries(await Promise.all(provisioned))
  project.provide('servers', servers)
  return () => {
    const skipped = Object.entries(servers).flatMap(([name, server]) => ('missing' in server ? [name] : []))
    if (skipped.length > 0) tell(`${skipped.length} skipped: ${skipped.join(', ')}`)
  }
}

async function attempt(kind: ServerKind): Promise<Provisioned | Missing> {
  try {
    return await kind.provision(tell)
  } catch (error) {
    const missing = `no ${kind.name}: ${error instanceof Error ? error.message : String(error)}`
    if (process.env['ROLLCALL_TEST_REQUIRE'] === 'all') throw new Error(missing, { cause: error })
    tell(`SKIPPED ${missing}`)
    return { missing }
  }
}

function wantedKinds(words: string): Set<string> {
  const known = KINDS.map((kind) => kind.name)
  if (words === 'all') return new Set(known)
  const wanted = words.split(',').map((word) => word.trim())
  const unknown = wanted.find((word) => !known.includes(word))
  if (unknown !== undefined) throw new Error(`ROLLCALL_TEST_SERVERS: no server "${unknown}", only ${known.join(', ')}`)
  return new Set(wanted)
}

function notWanted(name: string): string {
  return `${name} is not among ROLLCALL_TEST_SERVERS; set it to ${name} or all`
}

function tell(line: string): void {
  process.stderr.write(`test servers: ${line}\n`)
}
