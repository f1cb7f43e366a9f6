import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { separately, together } from '../../../src/backends/etcd/transactions.ts'
import { decodeTransaction, encodeTransaction } from '../../../src/backends/etcd/wire-transactions.ts'
import type { Operation } from '../../../src/backends/kv/store.ts'
import { method } from './codec.ts'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((given) => Buffer.from(given))
const body = fc.uint8Array({ maxLength: 40_000 }).map((given) => Buffer.from(given))
const revision = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String)
const lease = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map((id) => id.toString(16))
const put = fc.record(
  { put: bytes, value: body, lease, expect: fc.option(revision) },
  { requiredKeys: ['put', 'value'], noNullPrototype: true },
)
const removal = fc.record(
  { delete: bytes, expect: revision, was: body },
  { requiredKeys: ['delete'], noNullPrototype: true },
)
const check = fc.record({ check: bytes, expect: revision }, { noNullPrototype: true })
const operations: fc.Arbitrary<Operation[]> = fc.array(fc.oneof(put, removal, check), { maxLength: 30 })

/** Without what is only a default. */
function plain(message: object): unknown {
  return JSON.parse(JSON.stringify(message, (_, value: unknown) => (isDefault(value) ? undefined : value)))
}

function isDefault(value: unknown): boolean {
  return value === false || value === '0' || value === 'Equal' || (Array.isArray(value) && value.length === 0)
}

/** The response to a put says nothing that rollcall uses. */
function withoutPuts(response: object): object {
  if ('response_put' in response) return {}
  const nested: { responses: object[] } | undefined = Reflect.get(response, 'response_txn')
  return nested ? { response_txn: { ...nested, responses: nested.responses.map(withoutPuts) } } : response
}

describe('transactions', () => {
  it('are what the library reads from them', () => {
    const { requestDeserialize, requestSerialize } = method('KV', 'Txn')
    fc.assert(
      fc.property(operations, fc.constantFrom(separately, together), (given, asOne) => {
        const request = asOne(given)
        const read = requestDeserialize(encodeTransaction(request))
        const expected = requestDeserialize(requestSerialize(request))
        expect(plain(read)).toEqual(plain(expected))
      }),
    )
  })

  it('have responses that are read as the library writes them', () => {
    const { responseSerialize } = method('KV', 'Txn')
    const count = fc.nat().map(String)
    const single = fc.oneof(
      count.map((of) => ({ response_range: { count: of } })),
      count.map((deleted) => ({ response_delete_range: { deleted } })),
      fc.constant({ response_put: {} }),
    )
    const nested = fc.record({ succeeded: fc.boolean(), responses: fc.array(single) }, { noNullPrototype: true })
    const all = fc.array(
      fc.oneof(
        single,
        nested.map((of) => ({ response_txn: of })),
      ),
    )
    fc.assert(
      fc.property(all, fc.boolean(), fc.nat().map(String), (responses, succeeded, at) => {
        const message = responseSerialize({ header: { revision: at }, succeeded, responses })
        const answer = decodeTransaction(message)
        expect(answer).toMatchObject({ header: { revision: at }, succeeded, responses: responses.map(withoutPuts) })
        expect(answer.responses).toHaveLength(responses.length)
      }),
    )
  })
})
