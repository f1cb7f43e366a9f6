import { beforeEach, expect, it } from 'vitest'
import { Pretend, failure, fails, sre } from './pretend.ts'

let registry: Pretend
beforeEach(() => {
  registry = new Pretend()
})

const register = (...given: Parameters<ReturnType<Pretend['backend']>['register']>) =>
  registry.backend().register(...given)
const asked = (name: string) => registry.asked.filter((request) => request.split(' ')[0] === name)
const end = (registration: AsyncDisposable) => registration[Symbol.asyncDispose]()

it('says how long it lives, and prolongs that with each heartbeat', async () => {
  const registration = await register(sre('a', 'b'), {})
  expect(registration).toMatchObject({ beatEvery: 50, unhealthyAt: 1_100, expiresAt: 1_200 })
  registry.time = 2_000
  expect(await registration.beat?.()).toBe('ok')
  expect(registration).toMatchObject({ unhealthyAt: 2_100, expiresAt: 2_200 })
})

it('looks once for all records, and only where the registry wants a look before a heartbeat', async () => {
  const registration = await register(sre('a', 'b'), {})
  await registration.beat?.()
  expect(asked('current')).toHaveLength(1)
  registry.looksBeforeBeats = false
  await registration.beat?.()
  expect(asked('current')).toHaveLength(1)
  expect(asked('beat')).toEqual(['beat sre/a', 'beat sre/b', 'beat sre/a', 'beat sre/b'])
  expect(registry.most).toBe(1)
})

it.each([true, false])('is lost when a part of it is gone (a look before heartbeats: %s)', async (looks) => {
  registry.looksBeforeBeats = looks
  const registration = await register(sre('a', 'b'), {})
  registry.erase('sre/b')
  expect(await registration.beat?.()).toBe('lost')
})

it('is lost when another has taken its place', async () => {
  const registration = await register(sre('a'), {})
  registry.write('sre/a', { version: 'v2' })
  expect(await registration.beat?.()).toBe('lost')
})

it('is looked at where it needs no heartbeats and is to be kept alive', async () => {
  const registration = await register(sre('a'), { ttl: null, keepAlive: true })
  expect(registration).toMatchObject({ beatEvery: 30 })
  expect(registration.expiresAt).toBeUndefined()
  expect(await registration.beat?.()).toBe('ok')
  expect(asked('beat')).toEqual([])
  registry.erase('sre/a')
  expect(await registration.beat?.()).toBe('lost')
})

it('has no heartbeat where nobody has to keep it alive', async () => {
  expect(await register(sre('a'), { ttl: null })).toMatchObject({ beat: undefined })
})

it('does not end where it was there, and its heartbeat turns out to be unneeded', async () => {
  registry.write('sre/a')
  registry.looksBeforeBeats = false
  registry.at('beat', () => 'unneeded')
  const { action, beatEvery, unhealthyAt, expiresAt } = await register(sre('a'), {})
  expect([action, beatEvery, unhealthyAt, expiresAt]).toEqual(['unchanged', 50, undefined, undefined])
})

it('throws at a heartbeat when the server cannot take one: that is no loss', async () => {
  const registration = await register(sre('a'), {})
  registry.at('beat', fails('unsupported', 'this server renews nothing'))
  await expect(registration.beat?.()).rejects.toThrow('this server renews nothing')
})

it('ends with the signal of who beats', async () => {
  const registration = await register(sre('a'), {})
  const reason = new Error('given up')
  await expect(registration.beat?.(AbortSignal.abort(reason))).rejects.toBe(reason)
})

it('removes its records one after the other when it is disposed of, and once', async () => {
  const registration = await register(sre('a', 'b', 'c'), {})
  await end(registration)
  await end(registration)
  expect(asked('delete')).toEqual(['delete sre/a', 'delete sre/b', 'delete sre/c'])
  expect(registry.most).toBe(1)
  expect(registry.stored.size).toBe(0)
})

it('leaves what it made when it is released', async () => {
  const registration = await register(sre('a'), {})
  await registration.release()
  await end(registration)
  expect([...registry.stored.keys()]).toEqual(['sre/a'])
})

it('does not remove what another put in its place', async () => {
  const registration = await register(sre('a'), {})
  registry.write('sre/a', { version: 'v2' })
  await end(registration)
  expect([...registry.stored.keys()]).toEqual(['sre/a'])
})

it('removes its own though its status has changed, also where that happens meanwhile', async () => {
  registry.capabilities = { ...registry.capabilities, guarded: true }
  const registration = await register(sre('a'), {})
  registry.at('delete', (carryOut) => {
    registry.write('sre/a', { isOut: true })
    return carryOut()
  })
  await end(registration)
  expect(registry.stored.size).toBe(0)
})

it('can be deregistered again when that failed', async () => {
  const registration = await register(sre('a', 'b'), {})
  registry.at('delete sre/b', fails('unreachable'))
  await expect(end(registration)).rejects.toMatchObject({ code: 'unreachable' })
  expect([...registry.stored.keys()]).toEqual(['sre/b'])
  await end(registration)
  expect(registry.stored.size).toBe(0)
})

it('is not deregistered where the registry would take another for it', async () => {
  const registration = await register(sre('a'), {})
  registry.refuseToDelete = async () => new Map([['sre/a', failure('refused')]])
  await expect(end(registration)).rejects.toMatchObject({ code: 'refused' })
  expect([...registry.stored.keys()]).toEqual(['sre/a'])
})

it('looks for what another put in its place after it has learnt what must not be removed', async () => {
  const registration = await register(sre('a'), {})
  registry.refuseToDelete = async () => {
    registry.write('sre/a', { version: 'v2' })
    return new Map()
  }
  await end(registration)
  expect(registry.stored.get('sre/a')?.body.version).toBe('v2')
})

it('removes what was written and never shown', async () => {
  registry.visible = { within: 0, first: 1, most: 1 }
  registry.lag = 9
  const registration = await register(sre('a'), {})
  expect(registration.records[0]?.revision).toBeUndefined()
  await end(registration)
  expect(registry.stored.size).toBe(0)
  // What is not there is gone, though nothing is known of it to compare.
  expect(asked('current')).toHaveLength(3)
})
