// What looks at the source and at the package made of it: lint, types, format, unused names, what users would install.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const PATH = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)

/** Rejects with all that the tool printed when it finds something. */
function tool(program, ...words) {
  const options = { cwd: root, env: { ...process.env, PATH }, maxBuffer: 1 << 26 }
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      if (!error) resolve()
      else reject(new Error(`${[program, ...words].join(' ')}\n${stdout}${stderr}`, { cause: error }))
    })
  })
}

/** Only what has changed since the last time is looked at again. */
function types(project) {
  const known = join('node_modules/.cache', `${project}.tsbuildinfo`)
  return tool('tsc', '-p', project, '--incremental', '--tsBuildInfoFile', known)
}

/** Packs once, which builds it too; both look at what users would install. */
async function packed() {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-package-'))
  try {
    await tool('npm', 'pack', '--pack-destination', folder)
    const [file] = await readdir(folder)
    const archive = join(folder, file)
    await Promise.all([tool('publint', 'run', archive, '--strict'), tool('attw', archive, '--profile', 'node16')])
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** By name; each rejects when it finds something. */
export const checks = {
  format: () => tool('biome', 'format', '.'),
  lint: () => tool('oxlint', '--type-aware'),
  types: () => types('tsconfig.json'),
  'types of the page': () => types('tsconfig.page.json'),
  'unused names': () => tool('knip'),
  package: packed,
}
