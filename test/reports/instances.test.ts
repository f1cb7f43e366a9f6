import { expect, it } from 'vitest'
import { instanceItem, recordItem } from '../../src/reports/instances.ts'
import { NOW, entry } from './entries.ts'

it('always has metadata and endpoints, and leaves out what is unknown', () => {
  expect(instanceItem(entry())).toEqual({
    id: 'a-1',
    name: 'pay',
    version: '',
    metadata: {},
    endpoints: [],
    status: 'up',
    lease: '1f',
    layout: 'kratos',
    keys: ['/microservices/pay/a-1'],
  })
  expect(Object.keys(instanceItem(entry({}, { reason: undefined })))).not.toContain('reason')
})

it('shows times as RFC 3339, and TTL and lease neighbours only in detail', () => {
  const one = entry({}, { registeredAt: NOW, renewedAt: NOW, ttl: { granted: 15, remaining: 9 }, leaseKeys: ['/k'] })
  expect(instanceItem(one)).toMatchObject({ registeredAt: '2026-01-02T03:05:05.000Z' })
  expect(instanceItem(one)).not.toHaveProperty('ttl')
  expect(instanceItem(one, { detail: true })).toMatchObject({ ttl: { granted: 15, remaining: 9 }, leaseKeys: ['/k'] })
  expect(instanceItem(entry({}, { startedAt: 1e17 }))).not.toHaveProperty('startedAt')
})

it('shows a stored value as text only when it is UTF-8', () => {
  const record = { id: '/k', service: 'pay' }
  expect(recordItem({ ...record, body: Buffer.from('\ufeffé') })).toEqual({ key: '/k', value: '\ufeffé' })
  expect(recordItem({ ...record, body: Buffer.from([0xff, 0x00]) })).toEqual({ key: '/k', valueBase64: '/wA=' })
  expect(recordItem({ ...record, body: { Node: 'a' }, lease: '1f' })).toEqual({
    key: '/k',
    lease: '1f',
    object: { Node: 'a' },
  })
  expect(instanceItem(entry(), { raw: true }).records).toEqual([
    { key: '/microservices/pay/a-1', revision: '7', value: '{}' },
  ])
})
