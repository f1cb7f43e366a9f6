import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { withRoutes } from './every-route.ts'
import { Ground } from './ground.ts'

/** A request to every route while the registry's file is as the test has left it; what was answered. */
async function answersOf(
  spoil: (folder: string, ground: Ground) => Promise<void>,
): Promise<{ text: string; logged: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-hidden-place-'))
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const logger = { debug: log, info: log, warn: log }
  const { made, routes } = await withRoutes(() => Ground.open(`file:${join(folder, 'registry.db')}`, { logger }))
  try {
    await using ground = made
    await ground.register('a', 1)
    await spoil(folder, ground)
    let text = ''
    for (const { method, url, isStream } of routes) {
      if (isStream) continue
      const path = url.replace(/:\w+/, 'a')
      const bodies =
        method === 'POST'
          ? [{ name: 'a', address: '10.0.0.1:1' }, marks, { ...marks, status: 'down' }, registration, ...plans]
          : [undefined]
      for (const body of bodies)
        for (const query of method === 'GET' ? ['', '?consistent=true'] : ['']) {
          const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
          const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
          const answer = await fetch(`${ground.url}${path}${query}`, init)
          text += `${method} ${path}: ${answer.status} ${[...answer.headers].join(' ')} ${await answer.text()}\n`
        }
    }
    expect(text).not.toContain(basename(folder))
    expect(text).not.toContain(import.meta.dirname)
    return { text, logged: logged.join('\n') }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const marks = { records: [{ id: '/aio/registry/a/x', service: 'a' }] }
const plans = [
  { action: 'deregister', targets: [{ service: 'a', id: 'x' }], digest: 'x' },
  { action: 'purge-malformed', digest: 'x' },
  { action: 'drain', host: '127.0.0.1', digest: 'x' },
  { action: 'undo', run: 'x', digest: 'x' },
]
const registration = { instance: { id: 'x', name: 'a', endpoints: ['http://10.0.0.1:1'] } }

it('no answer names a path of this machine, whatever becomes of the registry', async () => {
  await answersOf(async () => {})
  const spoilt = await answersOf(async (folder) => {
    // Without a moment in which there is no file: the server would make a new one in it.
    const [file, other] = [join(folder, 'registry.db'), join(folder, 'other')]
    await writeFile(other, 'no database'.repeat(1_000))
    for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
    await rename(other, file)
  })
  expect(spoilt.text).toMatch(/: 503 /)
  expect(spoilt.logged).toContain('registry.db')
  const gone = await answersOf(async (folder) => {
    for (const name of await readdir(folder)) await rm(join(folder, name))
  })
  expect(gone.text).toMatch(/: 503 /)
})
