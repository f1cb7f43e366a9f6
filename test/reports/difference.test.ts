import { expect, it } from 'vitest'
import type { InstanceEntry } from '../../src/model/reading.ts'
import { difference, fieldChanges, picture } from '../../src/reports/difference.ts'
import { NOW, entry } from './entries.ts'

function pictureOf(...entries: InstanceEntry[]) {
  const fold = picture()
  for (const each of entries) fold.add(each)
  return fold.result()
}

it('tells what was added, updated and removed', () => {
  const before = pictureOf(entry({ id: 'gone' }), entry({ id: 'same' }), entry({ id: 'new-version', version: 'v1' }))
  const after = pictureOf(entry({ id: 'new-version', version: 'v2' }), entry({ id: 'same' }), entry({ id: 'came' }))
  expect(difference(before, after).map((each) => [each.type, each.entry.instance.id])).toEqual([
    ['added', 'came'],
    ['removed', 'gone'],
    ['updated', 'new-version'],
  ])
  expect(difference(after, after)).toEqual([])
})

it('tells one id in two places apart', () => {
  const [a, b] = [entry({}, { place: { node: 'a' } }), entry({}, { place: { node: 'b' } })]
  expect(difference(pictureOf(a), pictureOf(a, b))).toEqual([{ type: 'added', entry: b }])
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
