import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRange, decodeRanges, decodeWatch } from '../../../src/backends/etcd/wire.ts'
import { method } from './codec.ts'

/** Protobuf's wire format, the other way. */
function number(field: number, value: bigint): Buffer {
  return value === 0n ? Buffer.alloc(0) : Buffer.concat([varint(BigInt(field << 3)), varint(value)])
}

function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt((field << 3) | 2)), varint(BigInt(value.length)), value])
}

function varint(value: bigint): Buffer {
  const groups: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...groups, Number(rest)])
}

const record = fc.record({
  key: fc.uint8Array({ maxLength: 40 }),
  value: fc.uint8Array({ maxLength: 300 }),
  revision: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }),
  lease: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
})
type Given = typeof record extends fc.Arbitrary<infer T> ? T : never

function encoded({ key, value, revision, lease }: Given): Buffer {
  const unused = [number(2, 5n), number(4, revision)]
  return Buffer.concat([bytes(1, key), ...unused, number(3, revision), bytes(5, value), number(6, lease)])
}

function expected({ key, value, revision, lease }: Given): object {
  const known = { key: Buffer.from(key), value: Buffer.from(value), revision: String(revision) }
  return lease === 0n ? known : { ...known, lease: lease.toString(16).padStart(16, '0') }
}

/** For the codec of etcd3, which would write a lease of 0; etcd leaves it out. */
function written({ key, value, revision, lease }: Given): object {
  return { key, value, mod_revision: String(revision), ...(lease === 0n ? {} : { lease: String(lease) }) }
}

function header(revision: bigint): Buffer {
  return bytes(1, Buffer.concat([number(1, 2n ** 64n - 1n), number(2, 77n), number(3, revision), number(4, 2n)]))
}

describe('messages of etcd', () => {
  it('are read as they were written, all 64 bits of a lease', () => {
    fc.assert(
      fc.property(fc.array(record), fc.boolean(), (records, more) => {
        const unknown = Buffer.concat([
          number(99, 3n),
          bytes(98, Buffer.from('new in etcd 4')),
          Buffer.from([0x9d, 6, 1, 2, 3, 4]),
        ])
        const parts = [header(12n), ...records.map((each) => bytes(2, encoded(each))), unknown]
        const message = Buffer.concat([...parts, number(3, more ? 1n : 0n), number(4, BigInt(records.length))])
        const answer = decodeRange(message)
        const { length } = records
        expect(answer).toMatchObject({ revision: '12', length, bytes: message.length, more, count: length })
        expect(answer.records(0, length)).toEqual(records.map(expected))
        expect(answer.records(1, 3)).toEqual(records.slice(1, 3).map(expected))
      }),
    )
  })

  it('of a transaction that reads are the answers to its questions, at its revision', () => {
    const { responseSerialize } = method('KV', 'Txn')
    const answer = fc.record({ records: fc.array(record), more: fc.boolean(), count: fc.nat() })
    fc.assert(
      fc.property(fc.array(answer), (given) => {
        const responses = given.map(({ records, more, count }) => ({
          response_range: { header: { revision: 3 }, kvs: records.map(written), more, count },
        }))
        const message = responseSerialize({ header: { revision: 12 }, succeeded: true, responses })
        const { revision, answers } = decodeRanges(message)
        expect(revision).toBe('12')
        expect(answers).toHaveLength(given.length)
        for (const [at, { records, more, count }] of given.entries()) {
          expect(answers[at]).toMatchObject({ length: records.length, more, count })
          expect(answers[at]?.records(0, records.length)).toEqual(records.map(expected))
        }
      }),
    )
  })

  it('tell puts from removals', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(record, fc.boolean())), fc.boolean(), (events, fragment) => {
        const parts = events.map(([each, removed]) =>
          bytes(11, Buffer.concat([number(1, removed ? 1n : 0n), bytes(2, encoded(each))])),
        )
        const answer = decodeWatch(Buffer.concat([header(9n), number(7, fragment ? 1n : 0n), ...parts]))
        expect(answer).toMatchObject({ revision: 9, fragment, created: false, canceled: false, cancelReason: '' })
        expect(answer.changes).toEqual(
          events.map(([each, removed]) => ({
            revision: Number(each.revision),
            change: removed ? { removed: Buffer.from(each.key) } : { put: expected(each) },
          })),
        )
      }),
    )
  })

  it('say which watch they are of, or that they are of all on the stream', () => {
    expect(decodeWatch(Buffer.concat([header(9n), number(2, 1n)]))).toMatchObject({ range: 1, isOfAll: false })
    expect(decodeWatch(Buffer.concat([header(9n), number(2, -1n)]))).toMatchObject({ isOfAll: true, revision: 9 })
  })

  it('say why a watch was cancelled', () => {
    const message = Buffer.concat([number(3, 1n), number(4, 1n), number(5, 42n), bytes(6, Buffer.from('why'))])
    expect(decodeWatch(message)).toMatchObject({
      created: true,
      canceled: true,
      compactRevision: 42,
      cancelReason: 'why',
    })
  })
})
