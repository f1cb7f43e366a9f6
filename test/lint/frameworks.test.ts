import { expect, it, test } from 'vitest'
import { decode } from '../../src/layouts/index.ts'
import { checkEntries, checkRecord } from '../../src/lint/check.ts'
import type { CheckedRecord } from '../../src/lint/subject.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import { frameworkRecords } from '../cli/frameworks.ts'
import { NOW, collect, registry } from './records.ts'

const LEASE = '4997a2281f68663d'
const OWN = BigInt(`0x${LEASE}`).toString()

interface Of {
  readonly prefix: string
  readonly layout?: LayoutName
  readonly lease?: string | null
}

/** A record as it is read under its prefix, on a lease unless told otherwise. */
function record(key: string, value: string | Buffer, { prefix, layout, lease = LEASE }: Of): CheckedRecord {
  const body = Buffer.from(value)
  const raw = { id: key, service: key.split('/').at(-2) ?? '', body, ...(lease && { lease }) }
  const stored = { key: Buffer.from(key), value: body, prefix, ...(lease && { lease }) }
  return { record: raw, reading: decode(stored, layout ?? 'auto', { now: NOW, aioTtl: 30_000 }) }
}

const codesOf = (checked: CheckedRecord, layout?: LayoutName) =>
  checkRecord(checked, { now: NOW, ...(layout && { layout }) }).map(({ rule }) => rule)

test.each<[string, string, string, Of, string[]]>([
  ['a lease of another', `user.rpc/${OWN}`, '10.0.0.1:80', { prefix: '', lease: '4997a2281f686646' }, ['RC1701']],
  ['its own lease', `user.rpc/${OWN}`, '10.0.0.1:80', { prefix: '' }, []],
  ['an id that was set', 'user.rpc/7', '10.0.0.1:80', { prefix: '' }, []],
  [
    'a URL that is dialled as it is',
    'prod/user.rpc/7',
    'http://10.0.0.1:80',
    { prefix: 'prod', layout: 'go-zero' },
    ['RC1702'],
  ],
  ['no lease', 'prod/user.rpc/7', '10.0.0.1:80', { prefix: 'prod', layout: 'go-zero', lease: null }, ['RC1301']],
  [
    'another address',
    'k/svc/10.0.0.1:1',
    '{"network":"tcp","address":"10.0.0.2:1","weight":1}',
    { prefix: 'k' },
    ['RC1703'],
  ],
  [
    'no weight',
    'k/svc/10.0.0.1:1',
    '{"network":"tcp","address":"10.0.0.1:1","Weight":-1}',
    { prefix: 'k' },
    ['RC1704'],
  ],
  ['a key of its own', 'svc/a', '{"Op":0,"Addr":"10.0.0.1:1","Metadata":null}', { prefix: '' }, ['RC1705']],
  ['no address', 'svc/a', '{"Op":0,"Addr":"","Metadata":null}', { prefix: '' }, ['RC1201']],
  ['no lease', 'svc/10.0.0.1:1', '{"Op":0,"Addr":"10.0.0.1:1"}', { prefix: '', lease: null }, ['RC1301']],
  ['every interface', 'svc/0.0.0.0:1', '{"Op":0,"Addr":"0.0.0.0:1"}', { prefix: '' }, ['RC1209']],
  [
    'a slash in a name',
    '/micro/registry/a-b/n',
    '{"name":"a/b","version":"","endpoints":null,"nodes":[{"id":"n","address":"10.0.0.1:1"}]}',
    { prefix: '/micro/registry' },
    ['RC1706'],
  ],
  [
    'no nodes',
    '/micro/registry/a/n',
    '{"name":"a","version":"","endpoints":null,"nodes":[]}',
    { prefix: '/micro/registry' },
    ['RC1201'],
  ],
  ['a short key', '/service/default/default/hello', '{}', { prefix: '/service' }, ['RC1707']],
])('%s: %s', (_, key, value, of, codes) => {
  expect(codesOf(record(key, value, of), of.layout)).toEqual(codes)
})

it('says nothing of one address under many keys but that it is', async () => {
  const twice = ['1', '2'].map((id) => record(`user.rpc/${id}`, '10.0.0.1:80', { prefix: '' }))
  const found = await collect(checkEntries(registry(...twice), { now: NOW }))
  expect(found.map(({ rule, severity }) => [rule, severity])).toEqual([
    ['RC1401', 'warning'],
    ['RC1401', 'warning'],
  ])
})

it.each([...frameworkRecords('etcd')])('has nothing against what %s stored', (_, records) => {
  const prefixes = ['prod', '/grpc', 'kitex/registry-etcd', '/micro/registry', '/service', '']
  for (const { key, value } of records) {
    const prefix = prefixes.find((each) => key.startsWith(`${each}/`)) ?? ''
    const lease = /^[\w./]*\/(\d{8,})$/.test(key) ? BigInt(key.split('/').at(-1) ?? 0).toString(16) : LEASE
    expect(codesOf(record(key, value, { prefix, lease })), key).toEqual([])
  }
})
