import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const SQLITE = '@photostructure/sqlite'
/** What Node's own types need, which come with etcd3's gRPC. */
const TYPES = '@types/node'

const CONFIGURATION = {
  compilerOptions: {
    strict: true,
    // Beside what `strict` is: what a careful project turns on as well.
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    module: 'NodeNext',
    target: 'ES2022',
    outDir: 'compiled',
    // What the package says of its types is looked at, too.
    skipLibCheck: false,
  },
  include: ['*.ts', '*.cts'],
}

/** A project of a user's that has nothing but rollcall, from the packed file, and what is installed with it. */
export interface Project {
  readonly folder: string
  /** The bin of the installed package. */
  readonly program: string
}

/** Packs the working tree as it would be published, and answers where the unpacked package is. */
export async function packed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-packed-'))
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root })
  const [file = ''] = await readdir(folder)
  await run('tar', ['-xzf', join(folder, file), '-C', folder])
  return join(folder, 'package')
}

/** Its dependencies are links to those of the clone: no other package is found from the project, and no network is needed. */
export async function makeProject(unpacked: string, { sqlite }: { readonly sqlite: boolean }): Promise<Project> {
  const folder = await mkdtemp(join(dirname(unpacked), 'project-'))
  await mkdir(join(folder, 'node_modules'))
  await cp(unpacked, join(folder, 'node_modules/rollcall'), { recursive: true })
  const names = [...Object.keys(manifest.dependencies), TYPES, ...(sqlite ? [SQLITE] : [])]
  for (const name of names) {
    const place = join(folder, 'node_modules', name)
    await mkdir(dirname(place), { recursive: true })
    await symlink(join(root, 'node_modules', name), place)
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(CONFIGURATION))
  return { folder, program: join(folder, 'node_modules/rollcall/bin/rollcall.js') }
}
