import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Built, built } from './built.ts'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { type RunOptions, run } from './run.ts'
import { type Seed, kratos, seed } from './seed.ts'
import { mayMount } from './may-mount.ts'

const exec = promisify(execFile)

/** Its backup is longer than any of these disks. */
const records: readonly Seed[] = [
  ...Array.from({ length: 150 }, (_, at) => ({ key: `/microservices//host-${at}`, value: 'x'.repeat(400) })),
  ...Array.from({ length: 20 }, (_, at) => kratos('pay', `p-${at}`)),
]
const KILOBYTES = 32

let program: Built
let folder: string
beforeAll(async () => {
  program = await built()
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-full-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Ended {
  readonly status: number | null
  readonly stderr: string
}

/** The real program in a shell, after a line that limits it. */
async function shell(before: string, words: readonly string[]): Promise<Ended> {
  const child = spawn('sh', ['-c', `${before}\nexec "$@"`, 'sh', process.execPath, program.program, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], XDG_STATE_HOME: folder },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stderr }
}

async function removesNothing(registry: string, backups: string, before = ''): Promise<void> {
  const options: RunOptions = { env: { ROLLCALL_REGISTRY: registry } }
  await seed(options, records)
  const backup = join(backups, 'backup.ndjson')
  const ran = await shell(before, ['purge', '--malformed', '--yes', '-r', registry, '--backup', backup])
  expect(ran).toEqual({ status: 2, stderr: expect.stringContaining(`cannot write the backup ${backup}`) })
  expect(ran.stderr).toContain('nothing was removed')
  expect(await readdir(backups)).not.toContain('backup.ndjson')
  const { stdout } = await run('check-keys --list -o name', options)
  expect(stdout.trimEnd().split('\n')).toHaveLength(records.length)
}

function tests(fresh: Fresh): void {
  it('removes nothing where a file may not become that long (ulimit -f)', async () => {
    await removesNothing(await fresh(), folder, `ulimit -f ${KILOBYTES * 2}`)
  })

  it.runIf(mayMount)(
    `removes nothing where the disk is full${mayMount ? '' : ' (skipped: this user may not mount a tmpfs)'}`,
    async () => {
      const disk = join(folder, 'disk')
      await mkdir(disk)
      await exec('mount', ['-t', 'tmpfs', '-o', `size=${KILOBYTES}k`, 'tmpfs', disk])
      try {
        await removesNothing(await fresh(), disk)
      } finally {
        await exec('umount', [disk])
      }
    },
  )

  it('removes nothing where the backup would be a device that takes nothing', async () => {
    const options: RunOptions = { env: { ROLLCALL_REGISTRY: await fresh() } }
    await seed(options, records)
    const { status, stderr } = await run('purge --malformed --yes --backup /dev/full', options)
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('that file is there already') })
    const { stdout } = await run('check-keys --list -o name', options)
    expect(stdout.trimEnd().split('\n')).toHaveLength(records.length)
  })
}

await onEmbeddedAndEtcd('a purge whose backup does not fit', tests)
