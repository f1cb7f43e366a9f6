import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startConsul } from '../servers/consul/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { startZooKeeper } from '../servers/zookeeper/start.ts'
import { run } from './run.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-undo-registries-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (registry: string) => {
  const options = { cwd: folder, env: { ROLLCALL_REGISTRY: registry, XDG_STATE_HOME: folder } }
  return {
    ran: (line: string) => run(line, options),
    json: async (line: string) => JSON.parse((await run(`${line} -o json`, options)).stdout),
  }
}

await describeWith('consul', 'an undo on Consul', () => {
  it('takes an offline back, and says that removed records cannot be restored', async () => {
    await using server = await startConsul()
    const { ran, json } = at(`consul://${server.endpoint}`)
    expect(await ran('register pay --id a -e http://10.0.0.1:80 --no-checks')).toMatchObject({ status: 0 })
    expect(await ran('offline pay/a')).toMatchObject({ status: 0 })
    expect(await json('get pay/a')).toMatchObject({ status: 'maintenance' })
    expect(await json('undo --yes')).toMatchObject({ action: 'online', result: 'done' })
    expect(await json('get pay/a')).toMatchObject({ status: 'up' })
    expect(await ran('undo --yes')).toMatchObject({ status: 1 })
    expect(await ran('deregister pay/a')).toMatchObject({ status: 0 })
    const refused = await ran('undo --yes')
    expect(refused).toMatchObject({ status: 6, stdout: '', stderr: expect.stringContaining('cannot restore records') })
    expect(await json('undo --list')).toMatchObject({ items: [{ takenBack: 'no' }, { takenBack: 'yes' }] })
  })

  it('applies a plan, and not where an instance has changed', async () => {
    await using server = await startConsul()
    const { ran, json } = at(`consul://${server.endpoint}`)
    for (const id of ['a', 'b']) await ran(`register pay --id ${id} -e http://10.0.0.1:80 --no-checks`)
    expect(await ran('purge pay --status up --force --plan plan.json')).toMatchObject({ status: 0 })
    await ran('register pay --id a -e http://10.0.0.2:80 --no-checks --replace')
    expect(await ran('apply -f plan.json --yes --force')).toMatchObject({ status: 7 })
    expect(await ran('purge pay --status up --force --plan again.json')).toMatchObject({ status: 0 })
    expect((await json('apply -f again.json --yes --force')).removed).toHaveLength(2)
  })
})

await describeWith('zookeeper', 'an undo on ZooKeeper', () => {
  it('puts persistent records back', async () => {
    await using server = await startZooKeeper()
    const { ran, json } = at(`zookeeper://${server.endpoint}`)
    expect(await ran('register pay --id a -e http://10.0.0.1:80 --persistent')).toMatchObject({ status: 0 })
    const before = await json('get pay/a')
    expect(await ran('deregister pay/a')).toMatchObject({ status: 0 })
    expect(await json('undo --yes')).toMatchObject({ action: 'restore', result: 'done' })
    expect(await json('get pay/a')).toMatchObject({ id: 'a', endpoints: before.endpoints })
    expect(await ran('undo --yes')).toMatchObject({ status: 1 })
  })
})
