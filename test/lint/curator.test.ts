import { expect, test } from 'vitest'
import { decode } from '../../src/layouts/index.ts'
import { checkRecord } from '../../src/lint/check.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { NOW } from './records.ts'

const SESSION = '100001082520023'
const WHOLE = {
  name: 'order',
  id: 'o-1',
  address: '10.0.0.1',
  port: 80,
  registrationTimeUTC: 1,
  serviceType: 'DYNAMIC',
}

function codesOf(key: string, value: Buffer, lease?: string) {
  const stored = { key: Buffer.from(key), value, prefix: '/services', lease }
  const reading = decode(stored, 'auto', { now: NOW, aioTtl: 30_000, folders: true })
  const record = { id: key, service: key.split('/')[2] ?? '', body: value, lease, children: 0 }
  return checkRecord({ record, reading }, { now: NOW }).map(({ rule }) => rule)
}

test.each<[string, object, string | undefined, string[]]>([
  ['in order', {}, SESSION, []],
  ['another id', { id: 'o-2' }, SESSION, ['RC1708']],
  ['another name', { name: 'orders' }, SESSION, ['RC1708']],
  ['dynamic without a session', {}, undefined, ['RC1709']],
  ['static without a session', { serviceType: 'STATIC' }, undefined, []],
  ['no port', { port: null }, SESSION, ['RC1201']],
  ['not decoded by Curator', { port: 'none' }, SESSION, ['RC1710']],
])('%s', (_, more, lease, codes) => {
  expect(codesOf('/services/order/o-1', Buffer.from(JSON.stringify({ ...WHOLE, ...more })), lease)).toEqual(codes)
})

test('nothing is said against what was captured', () => {
  for (const { key, value } of [...frameworkRecords('zookeeper').values()].flat())
    if (key.startsWith('/services/') && value.length > 0) expect(codesOf(key, value, SESSION), key).toEqual([])
})
