import { describe, expect, it } from 'vitest'
import { decode, layouts } from '../../src/layouts/index.ts'
import type { Status } from '../../src/model/status.ts'
import { NOW, options, stored } from './stored.ts'

const RECORD = {
  id: 'user-1',
  name: 'user',
  address: '127.0.0.1:8080',
  protocol: 'http',
  env: 'all',
  register_time: '2026-11-21T05:00:00Z',
  start_time: '2026-11-21T04:59:59.5+00:00',
  offline_time: '0001-01-01T00:00:00Z',
  last_renew_time: '2026-11-21T13:00:10+08:00',
  metadata: { version: '1.0.2' },
  weight: 100,
  status: 'up',
}

function read(changes: object, now = NOW, key = '/aio/registry/user/user-1') {
  const value = JSON.stringify({ ...RECORD, ...changes })
  return decode(stored(key, value, { prefix: '/aio/registry', lease: null }), 'auto', { ...options, now })
}

describe('reading', () => {
  it('reads every field', () => {
    expect(read({})).toEqual({
      is: 'instance',
      instance: {
        id: 'user-1',
        name: 'user',
        version: '1.0.2',
        metadata: { version: '1.0.2' },
        endpoints: ['http://127.0.0.1:8080'],
      },
      observed: {
        status: 'up',
        weight: 100,
        env: 'all',
        registeredAt: Date.parse('2026-11-21T05:00:00Z'),
        startedAt: Date.parse('2026-11-21T04:59:59.5Z'),
        renewedAt: Date.parse('2026-11-21T05:00:10Z'),
        layout: 'aio',
      },
      until: Date.parse('2026-11-21T05:00:40Z') + 1,
    })
  })

  it.each([
    ['up', 'up'],
    ['active', 'up'],
    ['down', 'down'],
    ['inactive', 'down'],
    ['starting', 'starting'],
    ['stopping', 'stopping'],
    ['maintenance', 'maintenance'],
    ['unhealthy', 'unhealthy'],
  ])('status %s is %s', (word, status) => {
    expect(read({ status: word })).toMatchObject({ observed: { status } })
  })

  it.each([
    ['resting', 'status "resting"'],
    ['UP', 'status "UP"'],
    ['expired', 'status "expired"'],
    ['warning', 'status "warning"'],
    ['', 'no status'],
  ])('status %j is unknown', (word, reason) => {
    expect(read({ status: word })).toMatchObject({ observed: { status: 'unknown', reason } })
  })

  it('holds until one more than the TTL after the last renewal', () => {
    const reading = read({})
    const until = (reading.is === 'instance' && reading.until) || 0
    expect(read({}, until - 1)).toMatchObject({ observed: { status: 'up' }, until })
    expect(read({}, until)).toMatchObject({ observed: { status: 'expired', reason: 'up, but not renewed for 30s' } })
    expect(read({}, until)).not.toHaveProperty('until')
    expect(read({ status: 'down' })).not.toHaveProperty('until')
  })

  it('counts from the registration when it was never renewed', () => {
    const never = { last_renew_time: '0001-01-01T00:00:00Z' }
    expect(read(never)).toMatchObject({ observed: { status: 'up' }, until: Date.parse('2026-11-21T05:00:30.001Z') })
    expect(read(never, NOW + 3_600_000)).toMatchObject({
      observed: { status: 'expired', reason: 'up, but never renewed in 60m' },
    })
    const nothing = { ...never, register_time: null }
    expect(read(nothing)).toMatchObject({ observed: { status: 'expired', reason: 'up, but never renewed' } })
  })

  it('shows when it went offline', () => {
    expect(read({ status: 'down', offline_time: '2026-11-21T05:00:12Z' })).toMatchObject({
      observed: { status: 'down', offlineAt: Date.parse('2026-11-21T05:00:12Z') },
    })
  })

  it.each([
    [{ address: '' }, []],
    [{ address: '', protocol: 'http' }, []],
    [{ protocol: '' }, ['127.0.0.1:8080']],
    [{ address: 'http://h:1' }, ['http://h:1']],
    [{ address: 'odd' }, ['http://odd']],
  ])('%j has the endpoints %j', (changes, endpoints) => {
    expect(read(changes)).toMatchObject({ is: 'instance', instance: { endpoints } })
  })

  it.each([
    [{ weight: '100' }, 'weight'],
    [{ weight: 1.5 }, 'weight'],
    [{ register_time: '21.11.2026' }, 'register_time'],
    [{ last_renew_time: 5 }, 'last_renew_time'],
    [{ metadata: { a: 1 } }, 'metadata.a'],
    [{ address: 8080 }, 'address'],
  ])('%j is of a wrong type', (changes, culprit) => {
    expect(read(changes)).toMatchObject({ is: 'malformed', problem: { code: 'wrong-type', culprit } })
  })

  it.each([
    ['/aio/registry//user-1', {}, 'empty-name'],
    ['/aio/registry/user/', {}, 'empty-id'],
    ['/aio/registry/user', {}, 'short-key'],
    ['/aio/registry/user/user-1', { name: 'users' }, 'name-mismatch'],
    ['/aio/registry/user/user-1', { name: '' }, 'empty-name'],
    ['/aio/registry/user/user-1', { id: '' }, 'empty-id'],
  ])('%s with %j: %s', (key, changes, code) => {
    expect(read(changes, NOW, key)).toMatchObject({ is: 'malformed', problem: { code } })
  })
})

describe('writing', () => {
  const place = { prefix: '/aio/registry', now: NOW }
  const write = (instance: object, more = {}) =>
    layouts.aio.encode({ id: 'user-1', name: 'user', ...instance }, { ...place, ...more })

  it('writes what AIO writes, field by field, renewed from the start', () => {
    expect(
      write({ version: 'v2', metadata: { zone: 'a' }, endpoints: ['grpc://127.0.0.1:9000'] }, { now: NOW + 120 }),
    ).toEqual([
      {
        key: '/aio/registry/user/user-1',
        value:
          '{"id":"user-1","name":"user","address":"127.0.0.1:9000","protocol":"grpc","env":"all",' +
          '"register_time":"2026-11-21T05:00:15.12Z","start_time":"2026-11-21T05:00:15.12Z",' +
          '"offline_time":"0001-01-01T00:00:00Z","last_renew_time":"2026-11-21T05:00:15.12Z",' +
          '"metadata":{"version":"v2","zone":"a"},"weight":100,"status":"up"}',
      },
    ])
  })

  it('leaves empty metadata out, and takes http for an address alone', () => {
    const [text] = write({ endpoints: ['[::1]:80'], metadata: {} }, { weight: 0, env: 'dev' }).map(({ value }) => value)
    expect(text).toContain('"address":"[::1]:80","protocol":"http","env":"dev"')
    expect(text).toContain('"last_renew_time":"2026-11-21T05:00:15Z","weight":0,"status":"up"}')
  })

  it.each([
    [['grpc://a:1', 'http://a:2'], 'layout aio holds exactly one endpoint, not 2'],
    [[], 'layout aio holds exactly one endpoint, not 0'],
    [['grpc://a'], 'layout aio holds a protocol and host:port, and "grpc://a" is not that: it has no port'],
    [['grpc://a:1/x'], 'layout aio holds a protocol and host:port, and "grpc://a:1/x" says more'],
    [
      ['grpc://a:1?isSecure=true'],
      'layout aio holds a protocol and host:port, and "grpc://a:1?isSecure=true" says more',
    ],
  ])('refuses %j', (endpoints, message) => {
    expect(() => write({ endpoints })).toThrow(expect.objectContaining({ code: 'usage', message }))
  })
})

const renew = (text: string | Uint8Array) =>
  layouts.aio.renew?.(typeof text === 'string' ? Buffer.from(text) : text, NOW)
const set = (text: string, status: Status) => layouts.aio.setStatus?.(Buffer.from(text), status, NOW)?.toString()

describe('renewing and setting a status', () => {
  it('renews: the time, up, no longer offline; all else as it was', () => {
    const text =
      '{ "ID":"user-1", "status" : "down","x":{"status":"keep"},\n"Last_Renew_Time":"2020-01-01T00:00:00Z","offline_time":null , "weight":1}'
    expect(renew(text)?.toString()).toBe(
      '{ "ID":"user-1", "status" : "up","x":{"status":"keep"},\n"Last_Renew_Time":"2026-11-21T05:00:15Z","offline_time":"0001-01-01T00:00:00Z" , "weight":1}',
    )
  })

  it('adds what is missing', () => {
    expect(renew('{}')?.toString()).toBe(
      '{"last_renew_time":"2026-11-21T05:00:15Z","status":"up","offline_time":"0001-01-01T00:00:00Z"}',
    )
    expect(set('{"id":"é"}', 'maintenance')).toBe('{"id":"é","status":"maintenance"}')
  })

  it('finds a field as Go does, and changes each that stands there', () => {
    expect(set('{"\\u017ftatus":"up","STATUS":"up","ſtatus":"up","id":"status"}', 'maintenance')).toBe(
      '{"\\u017ftatus":"maintenance","STATUS":"maintenance","ſtatus":"maintenance","id":"status"}',
    )
  })

  it('keeps bytes that are not UTF-8', () => {
    const text = Buffer.from('{"x":"\xff\xfe","status":"down"}', 'latin1')
    expect(Buffer.from(renew(text) ?? []).toString('latin1')).toContain('{"x":"\xff\xfe","status":"up",')
  })

  it('takes out of traffic with the time, and back with a renewal', () => {
    const down = set('{"status":"up","offline_time":"0001-01-01T00:00:00Z"}', 'down') ?? ''
    expect(down).toBe('{"status":"down","offline_time":"2026-11-21T05:00:15Z"}')
    expect(set(down, 'up')).toBe(
      '{"status":"up","offline_time":"0001-01-01T00:00:00Z","last_renew_time":"2026-11-21T05:00:15Z"}',
    )
  })

  it('refuses a status that AIO has no word for', () => {
    expect(() => set('{}', 'expired')).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it.each(['null', '[]', 'x', '', '{"weight":"1"}', '"{}"'])('leaves %j alone, which is no AIO record', (text) => {
    expect(renew(text)).toBeUndefined()
    expect(set(text, 'down')).toBeUndefined()
  })

  it('reads its own writing', () => {
    const [fresh] = layouts.aio.encode(
      { id: 'i', name: 'n', endpoints: ['http://h:1'] },
      { prefix: '/aio/registry', now: NOW - 100_000 },
    )
    const value = renew(fresh?.value ?? '') ?? new Uint8Array()
    const reading = decode(stored(fresh?.key ?? '', value, { prefix: '/aio/registry' }), 'auto', options)
    expect(reading).toMatchObject({ observed: { status: 'up', renewedAt: NOW, registeredAt: NOW - 100_000 } })
  })
})
