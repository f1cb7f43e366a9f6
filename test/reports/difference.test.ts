import { expect, it } from 'vitest'
import { fieldChanges, identityOf } from '../../src/reports/difference.ts'
import { NOW, entry } from './entries.ts'

it('gives an instance one identity through all that changes, and another in another place', () => {
  const [before, after] = [entry({ version: 'v1' }), entry({ version: 'v2' }, { status: 'down', lease: '2' })]
  expect(identityOf(after)).toBe(identityOf(before))
  const places = ['a', 'b'].map((node) => identityOf(entry({}, { place: { node } })))
  expect(new Set([...places, identityOf(before), identityOf(entry({ id: 'other' }))]).size).toBe(4)
})

it('names the fields with their old and new values', () => {
  const before = entry({ version: 'v1', endpoints: ['a://1', 'b://2'], metadata: { zone: 'a' } }, { offlineAt: 5 })
  const after = entry(
    { version: 'v2', endpoints: ['b://2', 'a://1'], metadata: { zone: 'b' } },
    { status: 'down', reason: 'said so' },
  )
  expect(fieldChanges(before, after)).toEqual([
    { field: 'version', from: 'v1', to: 'v2' },
    { field: 'metadata', from: { zone: 'a' }, to: { zone: 'b' } },
    { field: 'status', from: 'up', to: 'down' },
    { field: 'reason', from: undefined, to: 'said so' },
    { field: 'offlineAt', from: 5, to: undefined },
  ])
})

it('names tags that changed, in whatever order they are', () => {
  const before = entry({}, { tags: ['b', 'a'] })
  expect(fieldChanges(before, entry({}, { tags: ['a', 'b'] }))).toEqual([])
  expect(fieldChanges(before, entry({}, { tags: ['b', 'canary'] }))).toEqual([
    { field: 'tags', from: ['a', 'b'], to: ['b', 'canary'] },
  ])
  expect(fieldChanges(before, entry())).toEqual([{ field: 'tags', from: ['a', 'b'], to: undefined }])
  const proxy = entry({}, { serviceKind: 'connect-proxy' })
  expect(fieldChanges(entry(), proxy)).toEqual([{ field: 'serviceKind', from: undefined, to: 'connect-proxy' }])
})

it('holds a renewal, a new lease and a reworded reason for no change', () => {
  const before = entry({}, { renewedAt: NOW, lease: '1', reason: 'renewed 2s ago', ttl: { granted: 15, remaining: 3 } })
  const after = entry(
    {},
    { renewedAt: NOW + 5, lease: '2', reason: 'renewed 1s ago', ttl: { granted: 15, remaining: 14 } },
  )
  expect(fieldChanges(before, after)).toEqual([])
  expect(fieldChanges(before, after, { renewals: true })).toEqual([{ field: 'renewedAt', from: NOW, to: NOW + 5 }])
  const odd = entry({}, { status: 'unknown', reason: '"odd"' })
  expect(fieldChanges(odd, entry({}, { status: 'unknown', reason: '"odder"' }))).toHaveLength(1)
})
