import { describe, expect, it } from 'vitest'
import { Copier } from '../../../src/client/copy/copier.ts'
import type { Copied } from '../../../src/client/copy/copy.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import type { InstanceInit } from '../../../src/model/instance.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'
import { embedded } from '../clients.ts'

const pay = (id: string, more: Partial<InstanceInit> = {}): InstanceInit => ({
  name: 'pay',
  id,
  endpoints: [`grpc://${id}:9000`],
  ...more,
})

async function* instancesIn(...instances: readonly InstanceInit[]): AsyncGenerator<readonly InstanceEntry[]> {
  await using client = await embedded()
  // What cannot be dialled is refused by the client, and may lie there all the same.
  for (const instance of instances) await client.backend.register(instance, {})
  yield await client.find({ service: 'pay' })
}

async function results(copying: AsyncIterable<readonly Copied[]>): Promise<string[]> {
  const all: string[] = []
  for await (const batch of copying)
    for (const { entry, result, carried } of batch) {
      const said = result instanceof RollcallError ? result.code : result
      all.push(`${entry.instance.id} ${said}${carried ? '' : ', and is not carried'}`)
    }
  return all
}

describe('a copier', () => {
  it('says before what a copy would do, also in the place of something else, and changes nothing', async () => {
    await using client = await embedded()
    await client.register(pay('b', { version: 'v1' }), { ttl: null })
    const source = () => instancesIn(pay('a'), pay('b', { version: 'v2' }))
    const copier = new Copier(client, { ttl: null })
    expect(await results(copier.foresee(source()))).toEqual(['a planned', 'b planned'])
    expect((await client.find({ service: 'pay' })).map(({ instance }) => instance.version)).toEqual(['v1'])
    expect(await results(copier.copy(source()))).toEqual(['a created', 'b conflict'])
    expect(await results(new Copier(client, { ttl: null, replace: true }).copy(source()))).toEqual([
      'a unchanged',
      'b replaced',
    ])
  })

  it('knows where one would be that cannot be registered, so that what is there in its place is not taken for lost', async () => {
    await using client = await embedded()
    const source = instancesIn(pay('a', { endpoints: ['grpc://0.0.0.0:9000'] }))
    expect(await results(new Copier(client).foresee(source))).toEqual(['a usage'])
  })

  it('ends with its signal', async () => {
    await using client = await embedded()
    const copier = new Copier(client, { signal: AbortSignal.abort(new Error('enough')) })
    await expect(results(copier.copy(instancesIn(pay('a'))))).rejects.toThrow('enough')
  })
})
