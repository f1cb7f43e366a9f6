import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexadecimal } from '../../../src/backends/etcd/calls.ts'
import {
  encodeLease,
  encodeLeaseCheck,
  encodeProgressRequest,
  encodeRange,
  encodeRanges,
  encodeWatch,
} from '../../../src/backends/etcd/wire-requests.ts'
import { decodeLease } from '../../../src/backends/etcd/wire.ts'
import { decodeLeases, decodeMembers, decodeStatus } from '../../../src/backends/etcd/wire-status.ts'
import { method } from './codec.ts'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((given) => Buffer.from(given))
/** Of Compare.CompareResult and Compare.CompareTarget. */
const [EQUAL, LEASE] = [0, 4]
const revision = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String)
const lease = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)

describe('requests to etcd', () => {
  it('for a range are what the library reads from them', () => {
    const { requestDeserialize } = method('KV', 'Range')
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), revision, fc.boolean(), (key, range_end, limit, at, count_only) => {
        const read = requestDeserialize(encodeRange({ key, range_end, limit, revision: at, count_only }))
        expect(read).toMatchObject({ key, range_end, limit: String(limit), revision: at, count_only })
        expect(requestDeserialize(encodeRange({ key, range_end }))).toMatchObject({ key, limit: '0', revision: '0' })
        const alone = requestDeserialize(encodeRange({ key, keys_only: true }))
        expect(alone).toMatchObject({ key, range_end: Buffer.alloc(0), keys_only: true, count_only: false })
      }),
    )
  })

  it('for several ranges are a transaction that reads each', () => {
    const { requestDeserialize } = method('KV', 'Txn')
    const question = fc.record({ key: bytes, range_end: bytes, limit: fc.nat(), revision })
    fc.assert(
      fc.property(fc.array(question), (questions) => {
        const success = questions.map((each) => ({ request_range: { ...each, limit: String(each.limit) } }))
        expect(requestDeserialize(encodeRanges(questions))).toMatchObject({ compare: [], success, failure: [] })
      }),
    )
  })

  it('for whether keys are leased are comparisons, and a count that only the latest state answers', () => {
    const { requestDeserialize } = method('KV', 'Txn')
    const keys = fc.array(fc.record({ key: bytes, lease: lease.filter((id) => id !== '0') }), { minLength: 1 })
    fc.assert(
      fc.property(keys, (wanted) => {
        const compare = wanted.map((each) => ({ result: EQUAL, target: LEASE, ...each }))
        const success = [{ request_range: { key: wanted[0]?.key, count_only: true, serializable: false } }]
        const encoded = encodeLeaseCheck(wanted.map((each) => ({ key: each.key, lease: hexadecimal(each.lease) })))
        expect(requestDeserialize(encoded)).toMatchObject({ compare, success, failure: [] })
      }),
    )
  })

  it('for a watch are what the library reads from them', () => {
    const { requestDeserialize } = method('Watch', 'Watch')
    fc.assert(
      fc.property(bytes, bytes, revision, fc.nat(), fc.boolean(), (key, range_end, start_revision, id, fragment) => {
        const wanted = { key, range_end, start_revision, progress_notify: true, fragment }
        const encoded = encodeWatch({ ...wanted, watch_id: id })
        expect(requestDeserialize(encoded)).toMatchObject({ create_request: { ...wanted, watch_id: String(id) } })
      }),
    )
    expect(requestDeserialize(encodeProgressRequest())).toEqual({ progress_request: {} })
  })

  it('for a lease are what the library reads from them', () => {
    fc.assert(
      fc.property(lease, fc.boolean(), (ID, keys) => {
        expect(
          method('Lease', 'LeaseTimeToLive').requestDeserialize(encodeLease({ lease: hexadecimal(ID), keys })),
        ).toEqual({ ID, keys })
        expect(method('Lease', 'LeaseKeepAlive').requestDeserialize(encodeLease({ lease: hexadecimal(ID) }))).toEqual({
          ID,
        })
      }),
    )
  })
})

describe('the status of a member', () => {
  const { responseSerialize } = method('Maintenance', 'Status')
  const id = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })

  it('says who it is, whom it follows and how far it is', () => {
    const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    fc.assert(
      fc.property(id, id, id, size, (cluster, member, leader, some) => {
        const header = { cluster_id: String(cluster), member_id: String(member), revision: '5' }
        const encoded = responseSerialize({
          header,
          version: '3.5.0',
          leader: String(leader),
          raftTerm: '3',
          dbSize: String(some),
          raftIndex: String(some),
        })
        expect(decodeStatus(encoded)).toMatchObject({
          cluster: hex(cluster),
          member: hex(member),
          leader: hex(leader),
          version: '3.5.0',
          term: 3,
          size: some,
          index: some,
          isLearner: false,
          alarms: [],
        })
      }),
    )
    expect(decodeStatus(responseSerialize({ version: '3.5.0' })).leader).toBeUndefined()
  })

  it('lists the alarms among its errors, each with the member that raised it', () => {
    fc.assert(
      fc.property(id, fc.constantFrom('NOSPACE', 'CORRUPT'), (member, name) => {
        const error = Buffer.from(`memberID:${member} alarm:${name} `)
        const message = Buffer.concat([Buffer.of(0x42, error.length), error])
        expect(decodeStatus(message).alarms).toEqual([{ name, member: hex(member) }])
      }),
    )
    const other = Buffer.from('etcdserver: no leader')
    expect(decodeStatus(Buffer.concat([Buffer.of(0x42, other.length), other])).alarms).toEqual([])
  })
})

describe('the members, and the leases', () => {
  it('are read as the library writes them', () => {
    const number = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.string())), (some) => {
        const members = some.map(([ID, name]) => ({ ID: String(ID), name, peerURLs: ['http://a:1'], clientURLs: [] }))
        expect(decodeMembers(method('Cluster', 'MemberList').responseSerialize({ members }))).toEqual(
          some.map(([ID, name]) => ({ member: hex(ID), name, isLearner: false })),
        )
      }),
    )
    const positive = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n })
    fc.assert(
      fc.property(fc.array(positive), (some) => {
        const leases = some.map((ID) => ({ ID: String(ID) }))
        expect(decodeLeases(method('Lease', 'LeaseLeases').responseSerialize({ leases }))).toEqual(some.map(hex))
      }),
    )
  })
})

function hex(id: bigint): string {
  return id.toString(16).padStart(16, '0')
}

describe('answers about a lease', () => {
  it('are read as the library writes them', () => {
    const { responseSerialize } = method('Lease', 'LeaseTimeToLive')
    fc.assert(
      fc.property(lease, fc.integer({ min: -1 }), fc.nat(), fc.array(bytes), (ID, TTL, grantedTTL, keys) => {
        const answer = decodeLease(responseSerialize({ header: { revision: 7 }, ID, TTL, grantedTTL, keys }))
        const id = BigInt.asUintN(64, BigInt(ID)).toString(16).padStart(16, '0')
        expect(answer).toEqual({ lease: id, ttl: TTL, granted: grantedTTL, keys })
      }),
    )
  })
})
