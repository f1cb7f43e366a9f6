import { expect, test } from 'vitest'
import { checkEntries, type Look } from '../../src/lint/check.ts'
import { ruleOf } from '../../src/lint/catalogue.ts'
import { verdicts } from '../../src/lint/verdicts.ts'
import { NOW, aio, collect, instance, registry } from './records.ts'

async function found(look: Look, code: string): Promise<string[][]> {
  const findings = await collect(checkEntries(look, { rules: [ruleOf(code)], now: NOW }))
  return findings.map(({ key, message }) => [key.split('/').slice(-2).join('/'), message])
}

const at = (name: string, id: string, ...endpoints: string[]) => instance({ name, id, endpoints })

test('twins are both named, once each, and only their service is looked at again', async () => {
  const look = registry(
    at('a', '1', 'grpc://10.0.0.1:1'),
    at('b', '1', 'grpc://10.0.0.1:1', 'http://10.0.0.1:2'),
    at('b', '2', 'grpc://10.0.0.2:1'),
    at('b', '3', 'grpc://10.0.0.1:1', 'http://10.0.0.1:2'),
    at('c', '1', 'grpc://10.0.0.1:1'),
  )
  expect(await found(look, 'RC1401')).toEqual([
    ['b/1', '"3" has the address 10.0.0.1:1 too'],
    ['b/3', '"1" has the address 10.0.0.1:1 too'],
  ])
  expect(look.looks).toEqual([undefined, ['b']])
})

test('parts of one instance, records with an error and AIO environments are no twins', async () => {
  const bad = {
    ...at('b', '2', 'grpc://10.0.0.1:1'),
    reading: { is: 'malformed', problem: { code: 'not-json', message: 'bad', endpoints: ['grpc://10.0.0.1:1'] } },
  } as const
  const look = registry(
    instance({ name: 'a', id: '1' }, { key: '/microservices/a/grpc/1', observed: { layout: 'kratos-scheme' } }),
    instance({ name: 'a', id: '1' }, { key: '/microservices/a/http/1', observed: { layout: 'kratos-scheme' } }),
    at('b', '1', 'grpc://10.0.0.1:1'),
    bad,
    aio({ name: 'c', id: '1' }, { env: 'dev' }),
    aio({ name: 'c', id: '2' }, { env: 'prod' }),
  )
  expect(await found(look, 'RC1401')).toEqual([])
})

test('a name that begins another is told once, wherever the other sorts', async () => {
  const look = registry(
    at('pay', '1'),
    at('payments', '1'),
    at('sre-admin', '1'),
    at('sre', '1'),
    at('sre', '2'),
    at('srex', '1'),
    at('t', '1'),
  )
  expect(await found(look, 'RC1011')).toEqual([
    ['pay/1', 'clients of "pay" also read the keys of "payments"'],
    ['sre/1', 'clients of "sre" also read the keys of "sre-admin"'],
  ])
  expect(look.looks).toHaveLength(1)
})

test('an AIO id under two names is told on both', async () => {
  const look = registry(
    aio({ name: 'cart', id: 'n-1' }),
    aio({ name: 'cart', id: 'n-2' }),
    aio({ name: 'pay', id: 'n-1' }),
  )
  expect(await found(look, 'RC1501')).toEqual([
    ['cart/n-1', 'the id is also under "pay"'],
    ['pay/n-1', 'the id is also under "cart"'],
  ])
  expect(look.looks).toEqual([undefined, undefined])
})

test('a verdict knows of what comes later', async () => {
  const look = registry(
    at('a', '1', 'grpc://10.0.0.1:1'),
    at('a', '2', 'grpc://10.0.0.2:1'),
    at('a', '3', 'grpc://10.0.0.1:1'),
    at('b', '1', 'grpc://10.0.0.1:1'),
  )
  const rows = (await collect(verdicts(look, { now: NOW }))).map(({ record, verdict }) => [record.id, verdict])
  expect(rows).toEqual([
    ['/microservices/a/1', 'warning'],
    ['/microservices/a/2', 'ok'],
    ['/microservices/a/3', 'warning'],
    ['/microservices/b/1', 'ok'],
  ])
})

test('counts say what was seen', async () => {
  const check = checkEntries(
    registry(instance({}, { lease: null }), instance({ id: '2', version: '', endpoints: ['grpc://h:2'] })),
    { now: NOW },
  )
  await collect(check)
  expect(check.counts).toEqual({ records: 2, foreign: 0, error: 0, warning: 1, info: 1 })
})
