import { expect, it } from 'vitest'
import { differingFields, isSameInstance } from '../../src/reports/comparison.ts'
import { NOW, entry } from './entries.ts'

it('leaves out leases, revisions, times, owners and places', () => {
  const before = entry({}, { lease: '1', registeredAt: NOW, owner: 'a', place: { namespace: 'x' }, layout: 'kratos' })
  const after = entry({}, { lease: '2', registeredAt: 5, renewedAt: NOW, layout: 'kratos-scheme' })
  expect(isSameInstance(before, after)).toBe(true)
  expect(differingFields(before, after)).toEqual([])
})

it('names each field, metadata by key', () => {
  const before = entry({ version: 'v1', metadata: { a: '1', b: '' }, endpoints: ['x://2', 'x://1'] }, { weight: 1 })
  const after = entry(
    { version: 'v2', metadata: { a: '2', c: '3' }, endpoints: ['x://1', 'x://3'] },
    { status: 'down' },
  )
  expect(isSameInstance(before, after)).toBe(false)
  expect(differingFields(before, after)).toEqual([
    { field: 'version', from: 'v1', to: 'v2' },
    { field: 'metadata.a', from: '1', to: '2' },
    { field: 'metadata.b', from: '', to: undefined },
    { field: 'metadata.c', from: undefined, to: '3' },
    { field: 'endpoints', from: ['x://1', 'x://2'], to: ['x://1', 'x://3'] },
    { field: 'status', from: 'up', to: 'down' },
    { field: 'weight', from: 1, to: undefined },
  ])
})

it('compares endpoints and tags as sets', () => {
  const before = entry({ endpoints: ['x://1', 'x://2'] }, { tags: ['a', 'b'] })
  expect(isSameInstance(before, entry({ endpoints: ['x://2', 'x://1'] }, { tags: ['b', 'a'] }))).toBe(true)
})

it('says nothing of a field that one side cannot have', () => {
  const consul = { layout: 'kratos', place: { datacenter: 'dc1', node: 'n' } } as const
  const tagged = entry({}, { ...consul, tags: ['a'] })
  expect(isSameInstance(entry({}, { layout: 'kratos' }), tagged)).toBe(true)
  expect(differingFields(entry({}, consul), tagged)).toEqual([{ field: 'tags', from: undefined, to: ['a'] }])
  expect(isSameInstance(entry({}, { layout: 'aio', weight: 100 }), entry({}, { layout: 'plain' }))).toBe(true)
  expect(isSameInstance(entry({}, { status: 'unknown' }), entry({}, { status: 'down' }))).toBe(true)
})

it('takes a weight and an environment for the same, be they in the metadata or beside it', () => {
  const beside = entry({}, { layout: 'aio', weight: 100, env: 'prod' })
  const within = entry({ metadata: { weight: '100', env: 'prod' } }, { weight: 100, env: 'prod' })
  expect(isSameInstance(beside, within)).toBe(true)
  expect(isSameInstance(within, beside)).toBe(true)
  const other = entry({ metadata: { weight: '50', env: 'prod' } }, { weight: 50, env: 'prod' })
  expect(differingFields(beside, other).map(({ field }) => field)).toEqual(['metadata.weight', 'weight'])
})
