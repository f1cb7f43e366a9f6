import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { JournalWriter } from '../../src/client/journal/writer.ts'
import { ANYBODY } from '../../src/server/authenticate.ts'
import { describeWith, serverOf } from '../servers/with-server.ts'
import { Ground, tokensOf } from './ground.ts'

const run = promisify(execFile)
const TOKEN = 'fuzzing'
/** Examples for each operation and phase; the same in every run. */
const EXAMPLES = 8
/** Milliseconds; a machine with nothing else to do needs a tenth of them. */
const BOUND = 240_000
/** Of the journal: milliseconds and bytes, more than it gets. */
const BOUNDS = { keep: 86_400_000, size: 1 << 26 }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-schemathesis-'))
})
afterEach(() => rm(folder, { recursive: true }))

await describeWith('schemathesis', 'requests that nobody thought of', () => {
  it('are answered as /openapi.json says, and break nothing', async () => {
    const journal = await JournalWriter.open(join(folder, 'journal.db'), {
      ...BOUNDS,
      registry: 'memory:',
      now: Date.now,
    })
    await using ground = await Ground.open('memory:', {
      journal,
      tokens: tokensOf({ [TOKEN]: { ...ANYBODY, name: TOKEN } }),
      rate: 1e6,
    })
    await ground.client.register({ id: 'a-1', name: 'a', endpoints: ['http://h:1'] }, { layout: 'aio' })
    const { stdout } = await schemathesis(`${ground.url}/openapi.json`)
    expect(stdout).toMatch(/\d{3,} generated, \d+ passed/)
    expect((await fetch(`${ground.url}/healthz`)).status).toBe(200)
  }, 300_000)
})

/** Rejects with what it found; its caches are left in the folder. Streams are left out: their answers have no end. */
async function schemathesis(url: string): Promise<{ stdout: string }> {
  const { python = '' } = serverOf('schemathesis').programs ?? {}
  const config = ['--config-file', join(import.meta.dirname, 'schemathesis.toml')]
  const program = ['-m', 'schemathesis.cli', ...config, 'run', url, '--header', `Authorization: Bearer ${TOKEN}`]
  const phases = ['--phases', 'examples,coverage,fuzzing', '--exclude-path-regex', '/watch']
  const bounds = ['--max-examples', String(EXAMPLES), '--generation-deterministic', '--no-shrink', '--no-color']
  try {
    return await run(python, [...program, ...phases, ...bounds], { cwd: folder, maxBuffer: 1 << 26, timeout: BOUND })
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new Error(said.replaceAll(/^.{1000,}$/gm, (line) => `${line.slice(0, 1_000)}…`) || String(error), {
      cause: error,
    })
  }
}
