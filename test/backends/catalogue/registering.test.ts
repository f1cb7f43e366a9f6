import { beforeEach, describe, expect, it } from 'vitest'
import { Pretend, answerLost, failure, fails, sre } from './pretend.ts'

const REPLACE = { replace: true } as const

let registry: Pretend
beforeEach(() => {
  registry = new Pretend()
})

const register = (...given: Parameters<ReturnType<Pretend['backend']>['register']>) =>
  registry.backend().register(...given)
const stored = () => [...registry.stored.keys()]
const asked = (name: string) => registry.asked.filter((request) => request.startsWith(`${name} `))

describe('what registering means', () => {
  it('is created where nothing is, renewed where all is, and then nothing is written', async () => {
    expect((await register(sre('a', 'b'), {})).action).toBe('created')
    expect((await register(sre('a', 'b'), {})).action).toBe('renewed')
    expect(asked('put')).toEqual(['put sre/a', 'put sre/b'])
    expect(asked('beat')).toEqual(['beat sre/a', 'beat sre/b'])
  })

  it('is unchanged where all is there and lives without heartbeats', async () => {
    await register(sre('a'), { ttl: null })
    expect((await register(sre('a'), { ttl: null })).action).toBe('unchanged')
  })

  it('completes an instance of which a part is there', async () => {
    registry.write('sre/b')
    expect((await register(sre('a', 'b'), {})).action).toBe('renewed')
    expect(asked('put')).toEqual(['put sre/a'])
    expect(asked('beat')).toEqual(['beat sre/b'])
  })

  it('writes once more what differs only in how it is kept alive', async () => {
    registry.write('sre/a', { ttl: 5 })
    expect((await register(sre('a'), {})).action).toBe('renewed')
    expect(asked('put')).toEqual(['put sre/a'])
  })

  it('leaves out of traffic what is', async () => {
    registry.write('sre/a', { isOut: true })
    expect((await register(sre('a'), {})).action).toBe('renewed')
    expect(registry.stored.get('sre/a')?.body.isOut).toBe(true)
    expect(asked('put')).toEqual([])
  })

  it('is refused in the place of what lives, naming it, and replaces it when told to', async () => {
    registry.write('sre/a', { version: 'v0' })
    registry.write('sre/old')
    await expect(register(sre('a'), {})).rejects.toMatchObject({
      code: 'conflict',
      message: 'sre/i-1 is already registered with different data: sre/a, sre/old',
      hint: expect.stringContaining('`replace`'),
    })
    expect(asked('put')).toEqual([])
    expect((await register(sre('a'), REPLACE)).action).toBe('replaced')
    expect(stored()).toEqual(['sre/a'])
  })

  it('takes the place of the dead unasked', async () => {
    registry.write('sre/a', { version: 'v0', isDead: true })
    expect((await register(sre('a'), {})).action).toBe('replaced')
  })

  it('removes dead rivals when something is written, and only then', async () => {
    registry.write('sre/a')
    registry.write('sre/old', { isDead: true })
    expect((await register(sre('a'), {})).action).toBe('renewed')
    expect(stored()).toEqual(['sre/a', 'sre/old'])
    expect((await register(sre('a', 'b'), {})).action).toBe('renewed')
    expect(stored().toSorted()).toEqual(['sre/a', 'sre/b'])
  })

  it('removes what was there where the registry wrote beside it, under an id of its own', async () => {
    registry.write('sre/a', { version: 'v0' })
    registry.at('put', () => registry.write('sre/own'))
    const { action, records } = await register(sre('a'), REPLACE)
    expect({ action, ids: records.map(({ id }) => id) }).toEqual({ action: 'replaced', ids: ['sre/own'] })
    expect(stored()).toEqual(['sre/own'])
  })

  it('writes what turns out to be gone when its heartbeat comes', async () => {
    registry.write('sre/a')
    registry.at('beat', (carryOut) => {
      registry.erase('sre/a')
      return carryOut()
    })
    expect((await register(sre('a'), {})).action).toBe('created')
    expect(stored()).toEqual(['sre/a'])
  })
})

describe('the order of things', () => {
  it('writes before it removes, a record after the other', async () => {
    registry.write('sre/x')
    registry.write('sre/y')
    await register(sre('a', 'b', 'c'), REPLACE)
    const changes = registry.asked.filter((request) => /^(put|delete) /.test(request))
    expect(changes).toEqual(['put sre/a', 'put sre/b', 'put sre/c', 'delete sre/x', 'delete sre/y'])
    expect(registry.most).toBe(1)
  })

  it('reads rivals again just before, and begins anew when one has changed', async () => {
    registry.write('sre/x')
    registry.at('put', (carryOut) => {
      registry.write('sre/x', { version: 'v2' })
      return carryOut()
    })
    expect((await register(sre('a'), REPLACE)).action).toBe('replaced')
    expect(registry.asked.filter((request) => request === 'occupants')).toHaveLength(2)
    expect(asked('delete')).toEqual(['delete sre/x'])
    expect(stored()).toEqual(['sre/a'])
  })

  it('begins anew where a guarded registry found something else', async () => {
    registry.capabilities = { ...registry.capabilities, guarded: true }
    registry.at('put', (carryOut) => {
      registry.write('sre/a', { owner: 'another' })
      return carryOut()
    })
    await expect(register(sre('a'), {})).rejects.toMatchObject({ code: 'conflict' })
    expect(registry.stored.get('sre/a')?.body.owner).toBe('another')
    expect(registry.asked).not.toContain('current')
  })

  it('gives up on what changes faster than it can be written', async () => {
    registry.at('put', () => 'changed', 64)
    await expect(register(sre('a'), {})).rejects.toThrow(
      'gave up after 64 attempts: another process keeps changing sre/i-1',
    )
  })
})

describe('what was made is taken back', () => {
  it('when another part is refused, and that is the error', async () => {
    registry.at('put sre/c', fails('forbidden', 'not that one'))
    await expect(register(sre('a', 'b', 'c'), {})).rejects.toThrow('not that one')
    expect(stored()).toEqual([])
    expect(asked('delete')).toEqual(['delete sre/b', 'delete sre/a'])
  })

  it('but not what was there before', async () => {
    registry.write('sre/a', { ttl: 5 })
    registry.at('put sre/b', fails('forbidden'))
    await expect(register(sre('a', 'b'), {})).rejects.toMatchObject({ code: 'forbidden' })
    expect(stored()).toEqual(['sre/a'])
  })

  it('when its answer never came, by what was wanted', async () => {
    registry.at('put sre/b', answerLost)
    await expect(register(sre('a', 'b'), {})).rejects.toMatchObject({ code: 'timeout' })
    expect(stored()).toEqual([])
  })

  it('and the first error is told, though taking it back fails too', async () => {
    registry.at('put sre/b', fails('forbidden', 'the first'))
    registry.at('delete', fails('unreachable', 'the second'), 9)
    await expect(register(sre('a', 'b'), {})).rejects.toThrow('the first')
    expect(registry.warnings).toEqual(['Pretend may still hold what was to be taken back: sre/a'])
  })

  it('with one request to a registry that is silent', async () => {
    registry.at('put sre/c', answerLost)
    registry.at('delete', fails('unreachable'), 9)
    await expect(register(sre('a', 'b', 'c'), {})).rejects.toMatchObject({ code: 'timeout' })
    expect(asked('delete')).toEqual(['delete sre/c'])
  })

  it('when the caller gives up in the middle, with his reason', async () => {
    const caller = new AbortController()
    const reason = new Error('given up')
    registry.at('put sre/b', (carryOut) => {
      carryOut()
      caller.abort(reason)
      throw reason
    })
    await expect(register(sre('a', 'b', 'c'), { signal: caller.signal })).rejects.toBe(reason)
    expect(stored()).toEqual([])
  })

  it('when the first rival is refused: it stays, and so do the others', async () => {
    registry.write('sre/x')
    registry.write('sre/y')
    registry.at('delete sre/x', fails('forbidden'))
    await expect(register(sre('a'), REPLACE)).rejects.toMatchObject({ code: 'forbidden' })
    expect(stored()).toEqual(['sre/x', 'sre/y'])
  })

  it('when a rival must not be removed at all', async () => {
    registry.write('sre/x')
    registry.refuseToDelete = async (records) =>
      new Map(records.filter(({ id }) => id === 'sre/x').map(({ id }) => [id, failure('refused')]))
    await expect(register(sre('a'), REPLACE)).rejects.toMatchObject({ code: 'refused' })
    expect(stored()).toEqual(['sre/x'])
  })

  it('no more once a rival is gone, which cannot come back', async () => {
    registry.write('sre/x')
    registry.write('sre/y')
    registry.at('delete sre/y', fails('forbidden'))
    await expect(register(sre('a'), REPLACE)).rejects.toMatchObject({ code: 'forbidden' })
    expect(stored().toSorted()).toEqual(['sre/a', 'sre/y'])
  })

  it('no more once a rival may be gone', async () => {
    registry.write('sre/x')
    registry.at('delete sre/x', answerLost)
    await expect(register(sre('a'), REPLACE)).rejects.toMatchObject({ code: 'timeout' })
    expect(stored()).toEqual(['sre/a'])
  })

  it('where the registry wrote it beside what was there, which cannot be removed', async () => {
    registry.write('sre/a', { version: 'v0' })
    registry.at('put', () => registry.write('sre/own'))
    registry.at('delete sre/a', fails('forbidden'))
    await expect(register(sre('a'), REPLACE)).rejects.toMatchObject({ code: 'forbidden' })
    expect(stored()).toEqual(['sre/a'])
  })

  it('not where nothing was written: the registry refused before', async () => {
    registry.write('sre/a', { owner: 'another' })
    await expect(register(sre('a'), {})).rejects.toMatchObject({ code: 'conflict' })
    expect(asked('delete')).toEqual([])
  })
})

describe('a registry whose reads lag behind', () => {
  beforeEach(() => {
    registry.visible = { within: 60_000, first: 1, most: 1 }
    registry.lag = 3
  })

  it('is waited for, so that who registers can read it', async () => {
    const { records } = await register(sre('a', 'b'), {})
    expect(records.map(({ id, revision }) => [id, revision])).toEqual([
      ['sre/a', '1'],
      ['sre/b', '2'],
    ])
  })

  it('is waited for until it shows the living in the place of the dead, and no longer the rivals', async () => {
    registry.lag = 0
    registry.write('sre/a', { isDead: true })
    registry.write('sre/x', { isDead: true })
    registry.lag = 3
    await register(sre('a'), {})
    expect([...(await registry.current([...registry.stored.values()])).values()]).toMatchObject([
      { id: 'sre/a', body: { isDead: false } },
    ])
    expect(stored()).toEqual(['sre/a'])
  })

  it('is not waited for where the registry kept what was dead and said the same', async () => {
    registry.lag = 0
    const dead = registry.write('sre/a', { isDead: true })
    registry.at('put', () => dead)
    expect(await register(sre('a'), {})).toMatchObject({ action: 'replaced', records: [dead] })
    expect(registry.asked.filter((request) => request === 'current')).toHaveLength(1)
  })

  it('is left when the caller gives up while it is waited for, and what was made is taken back', async () => {
    registry.visible = { within: 60_000, first: 60_000, most: 60_000 }
    const caller = new AbortController()
    const reason = new Error('given up')
    registry.at('current', (carryOut) => {
      setTimeout(() => caller.abort(reason))
      return carryOut()
    })
    await expect(register(sre('a'), { signal: caller.signal })).rejects.toBe(reason)
    expect(stored()).toEqual([])
  })

  it('falls silent while it is waited for: what was made is taken back', async () => {
    registry.at('current', fails('unreachable', 'gone away'))
    await expect(register(sre('a'), {})).rejects.toThrow('gone away')
    expect(stored()).toEqual([])
  })

  it('is believed when it never shows it, and a warning says so', async () => {
    registry.visible = { within: 0, first: 1, most: 1 }
    const { records } = await register(sre('a'), {})
    expect(records.map(({ id }) => id)).toEqual(['sre/a'])
    expect(registry.warnings).toEqual(['Pretend took it, and its reads do not show it yet: sre/a'])
  })

  it('is asked about what it does not show, and looked at again where that did something', async () => {
    registry.visible = { within: 0, first: 1, most: 1 }
    registry.lag = 1
    const late: string[] = []
    registry.late = async ({ id }, { change }) => late.push(`${change} ${id}`) > 0
    await register(sre('a'), {})
    expect(late).toEqual(['put sre/a'])
    expect(registry.warnings).toEqual([])
  })

  it('is asked about what was written where nothing was, and is shown out of traffic', async () => {
    registry.visible = { within: 0, first: 1, most: 1 }
    registry.lag = 0
    registry.at('put', () => void registry.write('sre/a', { isOut: true }))
    registry.late = async ({ id }) => registry.write(id) !== undefined
    await register(sre('a'), {})
    expect(registry.stored.get('sre/a')?.body.isOut).toBe(false)
    expect(registry.warnings).toEqual([])
  })

  it('may say that it will never show it: then nothing is left of it', async () => {
    registry.visible = { within: 0, first: 1, most: 1 }
    registry.late = fails('unreachable', 'its servers do not know it')
    await expect(register(sre('a'), {})).rejects.toThrow('its servers do not know it')
    expect(stored()).toEqual([])
  })
})
