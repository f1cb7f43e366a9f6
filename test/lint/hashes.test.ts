import { expect, test } from 'vitest'
import { hashes, hashOf } from '../../src/lint/hashes.ts'

test('exactly the words that came twice are repeated, among very many that look alike', () => {
  const list = hashes()
  for (let word = 0; word < 200_000; word++) list.add(`10.0.${word >> 8}.${word & 255}:9000`)
  for (const word of ['10.0.7.1:9000', '10.0.7.2:9000', '10.0.7.2:9000']) list.add(word)
  expect(list.repeated()).toEqual(new Set([hashOf('10.0.7.1:9000'), hashOf('10.0.7.2:9000')]))
  list.clear()
  expect(list.repeated().size).toBe(0)
})
