import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contextFrom, addContext } from '../../src/config/contexts.ts'
import { targetFrom } from '../../src/config/target.ts'
import { CONTEXTS, createPlace, type Place, refusal, said } from './place.ts'

let place: Place
beforeEach(async () => {
  place = await createPlace()
})
afterEach(() => place[Symbol.asyncDispose]())

/** As it is written, and what it names. */
const PREFIXES = [
  ['/microservices', '/microservices'],
  ['/microservices/', '/microservices'],
  ['/microservices//', '/microservices/'],
  ['/microservices///', '/microservices//'],
  ['user.rpc/', 'user.rpc'],
  ['/', '/'],
  ['', ''],
] as const

describe.each(PREFIXES)('the prefix %j', (written, named) => {
  it('is one and the same by a flag, in a URL, in a context and in a project file', async () => {
    expect((await place.resolve({ registry: 'memory:', prefix: written })).target.prefix).toBe(named)
    for (const url of ['memory:', 'etcd://a:1', 'zookeeper://a:1']) {
      const { prefix } = (await place.resolve({ registry: `${url}?prefix=${encodeURIComponent(written)}` })).target
      expect({ url, prefix }).toEqual({ url, prefix: named })
    }
    await addContext(
      place.env,
      'added',
      contextFrom({ registry: 'memory:', prefix: written }, place.folder, { readOnly: false, confirm: false }),
    )
    expect((await place.resolve({ context: 'added' })).target.prefix).toBe(named)
    await place.file(CONTEXTS, `contexts: { c: { registry: "memory:", prefix: ${JSON.stringify(written)} } }`)
    expect((await place.resolve({ context: 'c' })).target.prefix).toBe(named)
    await place.file('rollcall.yaml', `registry: "memory:"\nprefix: ${JSON.stringify(written)}\n`)
    expect((await place.resolve()).target.prefix).toBe(named)
    expect(targetFrom('memory:', { prefix: written }).prefix).toBe(named)
  })

  it.skipIf(written === '')('is the same by its variable', async () => {
    place.env['ROLLCALL_PREFIX'] = written
    expect((await place.resolve({ registry: 'memory:' })).target.prefix).toBe(named)
  })

  it.skipIf(!written.startsWith('/') || written === '/')("is the same in the path of etcd's URL", () => {
    expect(targetFrom(`etcd://a:1${written}`).prefix).toBe(named)
  })
})

describe('no prefix', () => {
  it.each(['etcd://a:1', 'etcd://a:1/'])('is named by %s', (url) => {
    expect(targetFrom(url).prefix).toBeUndefined()
  })

  it('is not what a variable without content means', async () => {
    place.env['ROLLCALL_PREFIX'] = ''
    expect(said(await refusal(() => place.resolve({ registry: 'memory:' })))).toContain('ROLLCALL_PREFIX is empty')
  })
})
