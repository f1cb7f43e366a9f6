import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { startEtcd } from '../servers/etcd/start.ts'
import { startConsul } from '../servers/consul/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { startZooKeeper } from '../servers/zookeeper/start.ts'

const WAYS = [
  'for-await-then-leave',
  'for-await-then-abort',
  'balanced',
  'waited',
  'changes-then-stop',
  'changes-then-close',
  'lists-then-stop',
  'client-watch',
  'kept-alive',
  'entries',
]

let folder: string
let child: ChildProcessWithoutNullStreams | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(inject('runFolder'), 'ending-'))
  await build({
    entryPoints: [join(import.meta.dirname, 'ending-child.ts')],
    outfile: join(folder, 'child.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
  })
})
afterEach(() => child?.kill('SIGKILL'))
afterAll(() => rm(folder, { recursive: true }))

/** The process has closed the library, and ends by itself: whatever kept it would keep it past the end of this test. */
async function ends(url: string, way: string): Promise<void> {
  child = spawn(process.execPath, [join(folder, 'child.mjs'), url, way], { cwd: folder })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = (await once(child, 'exit')) as [number | null]
  const [out, error] = await said
  expect({ status, out, error }).toEqual({ status: 0, out: 'closed', error: '' })
}

describe('a program that has closed the library', () => {
  it.each(WAYS)('ends: memory:, %s', (way) => ends('memory:', way))

  it.each(WAYS)('ends: file:, %s', async (way) => {
    const place = await mkdtemp(join(tmpdir(), 'rollcall-ending-'))
    try {
      await ends(`file:${join(place, 'r.db')}`, way)
    } finally {
      await rm(place, { recursive: true })
    }
  })
})

for (const [kind, start] of [
  ['etcd', startEtcd],
  ['zookeeper', startZooKeeper],
  ['consul', startConsul],
] as const) {
  await describeWith(kind, `a program that has closed the library, on ${kind}`, () => {
    let server: AsyncDisposable & { readonly endpoint: string }
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server[Symbol.asyncDispose]())
    it.each(WAYS)('ends: %s', (way) => ends(`${kind}://${server.endpoint}`, way))
  })
}
