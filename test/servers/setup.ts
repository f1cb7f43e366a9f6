import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { KINDS, type ServerKind } from './kinds.ts'
import { type Missing, type Outcome, publish } from './outcome.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the outcomes. */
    outcomes: string
  }
}

/** What Go builds in a minute. */
const DEFAULT = 'etcd'

/**
 * Vitest's global setup: provisions the wanted servers once a run. What takes its time, as a build does, goes on beside
 * the tests that do without. The function it returns sums up at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const wanted = wantedKinds(process.env['ROLLCALL_TEST_SERVERS'] || DEFAULT)
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-outcomes-'))
  project.provide('outcomes', folder)
  const works = KINDS.map((kind) => begin(kind, wanted, folder))
  await Promise.all(works.map(({ done, slow }) => Promise.race([done, slow])))
  return async () => {
    const outcomes = await Promise.all(works.map(({ done }) => done))
    await rm(folder, { recursive: true })
    const skipped = KINDS.flatMap(({ name }, at) => ('missing' in (outcomes[at] ?? {}) ? [name] : []))
    if (skipped.length > 0) tell(`${skipped.length} skipped: ${skipped.join(', ')}`)
  }
}

interface Work {
  readonly done: Promise<Outcome>
  /** Resolves when it turns out that it will take its time. */
  readonly slow: Promise<unknown>
}

function begin(kind: ServerKind, wanted: ReadonlySet<string>, folder: string): Work {
  const events = new EventEmitter()
  const slow = once(events, 'progress')
  const progress = (line: string): void => {
    tell(line)
    events.emit('progress')
  }
  const done = (async () => {
    const outcome = wanted.has(kind.name) ? await attempt(kind, progress) : notWanted(kind.name)
    await publish(folder, kind.name, outcome)
    return outcome
  })()
  return { done, slow }
}

async function attempt(kind: ServerKind, progress: (line: string) => void): Promise<Outcome> {
  try {
    return await kind.provision(progress)
  } catch (error) {
    const missing = `no ${kind.name}: ${error instanceof Error ? error.message : String(error)}`
    const required = process.env['ROLLCALL_TEST_REQUIRE'] === 'all'
    tell(`${required ? 'MISSING' : 'SKIPPED'} ${missing}`)
    return { missing, required }
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

function notWanted(name: string): Missing {
  return { missing: `${name} is not among ROLLCALL_TEST_SERVERS; set it to ${name} or all`, required: false }
}

function tell(line: string): void {
  process.stderr.write(`test servers: ${line}\n`)
}
