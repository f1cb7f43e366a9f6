import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeartbeatAnswer, SentHeartbeats, framedHeartbeats } from '../../../src/backends/etcd/sent-heartbeats.ts'
import { encodeLease } from '../../../src/backends/etcd/wire-requests.ts'

/** A LeaseKeepAliveResponse: a header with a revision, the id (with the tag of field 2), and the TTL. */
function answered(lease: string, ttl: number): Buffer {
  const id = encodeLease({ lease }).subarray(1)
  return Buffer.concat([Buffer.of(0x0a, 2, 0x18, 7, 0x10), id, ttl > 0 ? Buffer.of(0x18, ttl) : Buffer.alloc(0)])
}

const leaseIds = fc.uniqueArray(
  fc.bigInt({ min: 1n, max: (1n << 63n) - 1n }).map((id) => id.toString(16).padStart(16, '0')),
  { minLength: 1, maxLength: 12 },
)

/** Sends an answer that lies somewhere in other bytes. */
function take(sent: SentHeartbeats, lease: string, ttl: number): boolean {
  const bytes = Buffer.concat([Buffer.from('before'), answered(lease, ttl), Buffer.from('after')])
  return sent.take(new HeartbeatAnswer().read(bytes, 6, bytes.length - 5))
}

describe('heartbeats that were sent on a stream', () => {
  it('are answered in any order, each once', () => {
    fc.assert(
      fc.property(
        leaseIds.chain((leases) => fc.tuple(fc.constant(leases), fc.shuffledSubarray(leases))),
        ([leases, answers]) => {
          const told: [string | undefined, number][] = []
          const { bytes } = framedHeartbeats(leases)
          const sent = new SentHeartbeats({ leases, answer: (at, ttl) => told.push([leases[at], ttl]) }, bytes)
          for (const lease of answers) expect(take(sent, lease, leases.indexOf(lease))).toBe(true)
          expect(told).toEqual(answers.map((lease) => [lease, leases.indexOf(lease)]))
          for (const lease of answers) expect(take(sent, lease, 1)).toBe(false)
          expect(sent.areAnswered).toBe(answers.length === leases.length)
        },
      ),
    )
  })

  it('are answered in order after an answer to others', () => {
    const leases = ['0000000000000001', '7fffffffffffffff', '00000000000000ff']
    const told: number[] = []
    const sent = new SentHeartbeats({ leases, answer: (at) => told.push(at) }, framedHeartbeats(leases).bytes)
    expect(take(sent, '0000000000000001', 5)).toBe(true)
    expect(take(sent, '0000000000000002', 5)).toBe(false)
    expect(take(sent, '7fffffffffffffff', 5)).toBe(true)
    expect(take(sent, '00000000000000ff', 0)).toBe(true)
    expect([told, sent.areAnswered]).toEqual([[0, 1, 2], true])
  })
})
