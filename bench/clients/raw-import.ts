// The least that writes an export into etcd, each key only where nothing is: transactions of 125 compared puts, four at once.
import { readFileSync } from 'node:fs'
import { call, connect } from '../raw/connection.ts'
import { encode } from '../raw/protobuf.ts'
import { together } from '../raw/together.ts'

const BATCH = 125
const [endpoint = '', prefix = '', file = ''] = process.argv.slice(2)
const client = connect(endpoint)
const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)

const batches = Array.from({ length: Math.ceil(lines.length / BATCH) }, (_, at) =>
  lines.slice(at * BATCH, (at + 1) * BATCH),
)
await together(batches, 4, (batch) => {
  const puts = batch.map((line) => {
    const { id, name, version, metadata, endpoints } = JSON.parse(line)
    const key = Buffer.from(`${prefix}/${name}/${id}`)
    const value = Buffer.from(JSON.stringify({ id, name, version, metadata, endpoints }))
    // Its creation revision is zero: there is none.
    const compare = encode([2, 1], [3, key], [5, 0])
    return encode([2, encode([4, encode([1, compare], [2, encode([2, encode([1, key], [2, value])])])])])
  })
  return call(client, '/etcdserverpb.KV/Txn', Buffer.concat(puts))
})
client.close()
