import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** The number that a program sends its parent, run in a process with so much memory. `child.ts` lies in `folder`. */
export async function countIn(folder: string, word: string, megabytes: number): Promise<unknown> {
  const temporary = await mkdtemp(join(import.meta.dirname, '../../node_modules/.rollcall-test-'))
  const outfile = join(temporary, 'child.mjs')
  await build({
    entryPoints: [join(folder, 'child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
  })
  const child = fork(outfile, [word], { execArgv: [`--max-old-space-size=${megabytes}`] })
  const [count] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  await rm(temporary, { recursive: true })
  return count
}
