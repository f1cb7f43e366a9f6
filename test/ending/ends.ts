import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'
import { expect, inject } from 'vitest'
import type { Task } from './ways.ts'

let built: Promise<string> | undefined
/** Those of a test that was given up would outlive it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process that has closed the library ends by itself: whatever kept it would keep it past the end of the test. */
export async function ends(task: Task, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const program = await (built ??= bundled())
  const child = spawn(process.execPath, [program, JSON.stringify(task)], { env: { PATH: process.env['PATH'], ...env } })
  running.add(child)
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = (await once(child, 'exit')) as [number | null]
  running.delete(child)
  const [out, error] = await said
  expect({ status, out, error }).toEqual({ status: 0, out: 'closed', error: '' })
}

async function bundled(): Promise<string> {
  const outfile = join(await mkdtemp(join(inject('runFolder'), 'ending-')), 'program.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, 'child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
  })
  return outfile
}
