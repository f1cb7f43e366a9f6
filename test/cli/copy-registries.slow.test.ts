import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startConsul } from '../servers/consul/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { startZooKeeper } from '../servers/zookeeper/start.ts'
import type { Json } from './demo.ts'
import { run } from './run.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-copy-registries-'))
  const lines = ['pay-1', 'pay-2', 'mail-1'].map((id, at) => {
    const endpoints = [`grpc://10.0.0.1:${9000 + at}`]
    return JSON.stringify({ id, name: id.split('-')[0], version: 'v1', metadata: { zone: 'a' }, endpoints })
  })
  await writeFile(join(folder, 'all.ndjson'), `${lines.join('\n')}\n`)
})
afterEach(() => rm(folder, { recursive: true }))

const ran = (line: string) => run(line, { cwd: folder, env: { XDG_STATE_HOME: folder } })
const carried = ({ id, name, version, metadata, endpoints }: Json) => ({ id, name, version, metadata, endpoints })

async function instancesIn(registry: string): Promise<Json[]> {
  const { stdout } = await ran(`ls --all -o ndjson -r ${registry}`)
  const lines = stdout.split('\n').filter(Boolean)
  return lines.map((line) => carried(JSON.parse(line))).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Imported twice, pruned, and copied back to where it came from. */
async function goesThereAndBack(registry: string): Promise<void> {
  const first = await ran(`import all.ndjson -r ${registry}`)
  expect(first, first.stderr).toMatchObject({ status: 0 })
  const there = await instancesIn(registry)
  expect(there.map(({ id }) => id)).toEqual(['mail-1', 'pay-1', 'pay-2'])
  const again = await ran(`import all.ndjson -r ${registry}`)
  expect(again).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change: 3 ') })
  const back = await ran(`copy ${registry} file:back.db`)
  expect(back, back.stderr).toMatchObject({ status: 0 })
  const returned = await instancesIn('file:back.db')
  expect(returned.map(({ id, endpoints }) => [id, endpoints])).toEqual(
    there.map(({ id, endpoints }) => [id, endpoints]),
  )
  const lines = [JSON.stringify({ ...there[1], name: 'pay' })]
  await writeFile(join(folder, 'one.ndjson'), `${lines.join('\n')}\n`)
  const pruned = await ran(`import one.ndjson --prune --yes -r ${registry}`)
  expect(pruned, pruned.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('pay-2') })
  expect((await instancesIn(registry)).map(({ id }) => id)).toEqual(['mail-1', 'pay-1'])
}

await describeWith('consul', 'import and copy on Consul', () => {
  it('go there and back', async () => {
    await using server = await startConsul()
    await goesThereAndBack(`consul://${server.endpoint}`)
  })
})

await describeWith('zookeeper', 'import and copy on ZooKeeper', () => {
  it('go there and back', async () => {
    await using server = await startZooKeeper()
    await goesThereAndBack(`zookeeper://${server.endpoint}`)
  })
})
