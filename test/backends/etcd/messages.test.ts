import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Messages, framed } from '../../../src/backends/etcd/grpc.ts'
import { MessageMemory } from '../../../src/backends/etcd/message-memory.ts'

const MEBIBYTE = 1 << 20

it('of any size come out as they went in, whether they share memory or not', () => {
  const length = fc.oneof(fc.nat(300), fc.constantFrom(70_000, 200_000, MEBIBYTE, 9 * MEBIBYTE))
  fc.assert(
    fc.property(fc.array(length, { maxLength: 4 }), fc.integer({ min: 1_000, max: 400_000 }), (lengths, size) => {
      const memory = new MessageMemory(100_000)
      const messages = lengths.map((each, at) => Buffer.alloc(each, at + 1))
      const sent = Buffer.concat(messages.map(framed))
      const received: number[] = []
      const reader = new Messages(memory)
      for (let at = 0; at < sent.length; at += size)
        reader.push(sent.subarray(at, at + size), (message) => {
          // Only the latest is valid.
          expect(message.equals(messages[received.length] ?? Buffer.alloc(0))).toBe(true)
          received.push(message.length)
        })
      expect(received).toEqual(lengths)
    }),
    { numRuns: 10 },
  )
})

it('come out where they lie as they went in, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(80), { maxLength: 20 }), fc.integer({ min: 1, max: 100 }), (lengths, size) => {
      const messages = lengths.map((each, at) => Buffer.alloc(each, at + 1))
      const sent = Buffer.concat(messages.map(framed))
      const received: string[] = []
      const reader = new Messages()
      for (let at = 0; at < sent.length; at += size)
        reader.locate(sent.subarray(at, at + size), (bytes, from, to) => received.push(bytes.toString('hex', from, to)))
      expect(received).toEqual(messages.map((message) => message.toString('hex')))
    }),
  )
})

it('lie where the one before lay, if they are neither small nor huge', () => {
  const memory = new MessageMemory(100_000)
  const first = memory.take(80_000)
  expect(memory.take(90_000)?.buffer).toBe(first?.buffer)
  const larger = memory.take(200_000)
  expect(larger?.length).toBe(200_000)
  expect(memory.take(80_000)?.buffer).toBe(larger?.buffer)
  expect(memory.take(1_000)).toBeUndefined()
  expect(memory.take(9 * MEBIBYTE)).toBeUndefined()
})
