import { expect, test } from 'vitest'
import { checkRecord } from '../../src/lint/check.ts'
import { PROBLEMS } from '../../src/model/reading.ts'
import { NOW, aio, instance } from './records.ts'

const DAY = 86_400_000

const endpoint = (text: string) => instance({ endpoints: [text] })

test.each([
  ['a record in order', instance({}), []],
  ['an id that differs', instance({ id: 'p-two' }, { key: '/microservices/sre/p-2' }), ['RC1005']],
  ['a longer name', instance({}, { key: '/microservices/sre-admin/server-01' }), ['RC1006']],
  ['a slash', instance({ id: 'a/b' }), ['RC1007']],
  [
    'a scheme in the key',
    instance({}, { key: '/microservices/sre/grpc/server-01', observed: { layout: 'kratos-scheme' } }),
    ['RC1008'],
  ],
  ['an odd name', instance({ name: 'User_Service' }), ['RC1009']],
  ['a line break in the key', instance({ id: 'a\n' }, { key: '/microservices/sre/a\\x0a' }), ['RC1010']],
  ['a backslash in the key', instance({ id: 'a\\x0a' }, { key: '/microservices/sre/a\\\\x0a' }), []],
  ['no version', instance({ version: '' }), ['RC1105']],
  ['an odd version', instance({ version: 'v1' }), ['RC1106']],
  ['a version with all parts', instance({ version: '1.0.0-rc.1+build.5' }), []],
  ['a weight', instance({ metadata: { weight: '+7' } }, { observed: { weight: 7 } }), []],
  ['a weight of half', instance({ metadata: { weight: '0.5' } }), ['RC1107']],
  ['a weight in words', instance({ metadata: { weight: 'heavy' } }), ['RC1107']],
  ['a weight below 0', instance({ metadata: { weight: '-5' } }, { observed: { weight: -5 } }), ['RC1107']],
  ["a weight beside the registry's own", instance({ metadata: { weight: '0.5' } }, { observed: { weight: 1 } }), []],
  ['no endpoint', instance({ endpoints: [] }), ['RC1201']],
  ['no host', endpoint('grpc:'), ['RC1202']],
  ['no port', endpoint('http://web'), ['RC1203']],
  ['no URL', endpoint('grpc://a b:1'), ['RC1204']],
  ['no scheme', endpoint('10.0.0.1:80'), ['RC1205']],
  ['an unknown scheme', endpoint('grcp://10.0.0.1:80'), ['RC1206']],
  ['TLS that is ignored', endpoint('grpc://10.0.0.1:80?isSecure=true'), ['RC1207']],
  ['a leftover', endpoint('grpc://10.0.0.1:80?isSecure=false'), ['RC1208']],
  ['every interface', endpoint('grpc://[::]:80'), ['RC1209']],
  ['loopback', endpoint('grpc://[::1]:80'), ['RC1210']],
  ['a slash at the end', endpoint('http://10.0.0.1:80/'), []],
  ['a path', endpoint('http://gw.example.com:80/orders/v1'), ['RC1211']],
  ['a weight in the query', endpoint('grpc://10.0.0.1:80?weight=10'), ['RC1211']],
  ['a query beside the leftover', endpoint('grpc://10.0.0.1:80?isSecure=false&weight=10'), ['RC1208', 'RC1211']],
  ['a password and a path', endpoint('http://svc:s3cret@10.0.0.1:8000/base'), ['RC1211', 'RC1212']],
  ['a user alone', endpoint('http://t0ken@10.0.0.1:8000'), ['RC1212']],
  ['no lease', instance({}, { lease: null }), ['RC1301']],
  ['a plain address', instance({ version: '', endpoints: ['10.0.0.1:80'] }, { observed: { layout: 'plain' } }), []],
  ['an AIO record in order', aio({}), []],
  ['an AIO record without a version', aio({ version: '' }), []],
  ['a record that was never renewed', aio({}, { renewedAt: undefined }), ['RC1504']],
  ['an unknown status', aio({}, { status: 'unknown' }), ['RC1502']],
  ['a clock that is a little ahead', aio({}, { renewedAt: NOW + 2000 }), []],
  ['a clock that is far ahead', aio({}, { renewedAt: NOW + 60_000 }), ['RC1503']],
  ['offline since today', aio({}, { status: 'down', offlineAt: NOW - 1000 }), []],
  ['offline for days', aio({}, { status: 'down', offlineAt: NOW - 3 * DAY }), ['RC1505']],
  ['expired for days', aio({}, { status: 'expired', renewedAt: NOW - 3 * DAY }), ['RC1505']],
])('%s', (_what, record, codes) => {
  expect(checkRecord(record, { now: NOW }).map(({ rule }) => rule)).toEqual(codes)
})

test('the scheme in the key is no news where that layout was asked for', () => {
  const record = instance({}, { key: '/microservices/sre/grpc/server-01', observed: { layout: 'kratos-scheme' } })
  expect(checkRecord(record, { now: NOW, layout: 'kratos-scheme' })).toEqual([])
})

test('each problem has exactly one error', () => {
  const codes = PROBLEMS.map((code) => {
    const findings = checkRecord(
      { ...instance({}), reading: { is: 'malformed', problem: { code, message: 'bad' } } },
      { now: NOW },
    )
    expect(findings).toMatchObject([{ severity: 'error', message: 'bad' }])
    return findings[0]?.rule
  })
  expect(new Set(codes).size).toBe(PROBLEMS.length)
})

test('a folder node has no findings of the shared rules', () => {
  expect(checkRecord({ ...instance({}, { lease: null }), reading: { is: 'structure' } }, { now: NOW })).toEqual([])
})

test('a finding leads to the process that writes the record', () => {
  const { record } = instance({})
  const problem = {
    code: 'empty-name',
    message: 'the name is empty',
    culprit: '//',
    id: 'node-7',
    name: '',
    endpoints: ['grpc://10.0.0.9:1'],
  } as const
  const leaseState = { lease: '1f', granted: 15, remaining: 9, keys: [record.id, '/microservices/other/o-1'] }
  const [finding] = checkRecord(
    { record: { ...record, leaseState }, reading: { is: 'malformed', problem } },
    { now: NOW },
  )
  expect(finding).toMatchObject({
    key: record.id,
    service: 'sre',
    id: 'node-7',
    lease: '1f',
    hosts: ['10.0.0.9'],
    culprit: '//',
    otherKeys: ['/microservices/other/o-1'],
  })
})

test('hosts are found in a value that cannot be decoded', () => {
  const body = Buffer.from(
    '{"endpoints":["grpc://web-1.internal:9000", "http://[2001:db8::1]:80"], "ip": 10.0.0.7, "v": 1.2.3.4.5 oops',
  )
  const record = { ...instance({}).record, body }
  const [finding] = checkRecord(
    { record, reading: { is: 'malformed', problem: { code: 'not-json', message: 'bad' } } },
    { now: NOW },
  )
  expect(finding?.hosts).toEqual(['web-1.internal', '2001:db8::1', '10.0.0.7'])
})
