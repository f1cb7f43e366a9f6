// The least that removes everything under a prefix, each key only as it was read: batches of 125 compared transactions.
import { call, connect } from '../raw/connection.ts'
import { encode } from '../raw/protobuf.ts'
import { type KeyValue, pages } from '../raw/range.ts'
import { together } from '../raw/together.ts'

const BATCH = 125
const [endpoint = '', prefix = ''] = process.argv.slice(2)
const client = connect(endpoint)
const records: KeyValue[] = []
for await (const page of pages(client, prefix)) records.push(...page)

const batches = Array.from({ length: Math.ceil(records.length / BATCH) }, (_, at) =>
  records.slice(at * BATCH, (at + 1) * BATCH),
)
await together(batches, 4, (batch) => {
  const removals = batch.map(({ key, revision }) => {
    const compare = encode([2, 2], [3, key], [6, revision])
    const remove = encode([3, encode([1, key])])
    return encode([2, encode([4, encode([1, compare], [2, remove])])])
  })
  return call(client, '/etcdserverpb.KV/Txn', Buffer.concat(removals))
})
client.close()
