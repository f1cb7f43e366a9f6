import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const CONTENTS = `
  import { summarised } from './src/cli/command.ts'
  import { commands } from './src/cli/commands/index.ts'
  import { manualPage } from './src/cli/man.ts'
  import { packageVersion } from './src/model/package-version.ts'
  export const page = async () => manualPage(await Promise.all(commands.map(summarised)), packageVersion)
`

/** Puts man/rollcall.1.gz into a folder, made of the commands as they are. Every `man` reads such a page, and it takes a quarter. */
export async function writeMan(folder) {
  const absWorkingDir = join(import.meta.dirname, '..')
  const outfile = join(folder, 'man/page.mjs')
  mkdirSync(join(folder, 'man'), { recursive: true })
  const stdin = { contents: CONTENTS, resolveDir: absWorkingDir, loader: 'ts' }
  const target = { platform: 'node', target: 'node20', format: 'esm', packages: 'external' }
  await build({ absWorkingDir, stdin, outfile, bundle: true, ...target })
  const { page } = await import(outfile)
  writeFileSync(join(folder, 'man/rollcall.1.gz'), gzipSync(await page(), { level: 9 }))
  rmSync(outfile)
}
