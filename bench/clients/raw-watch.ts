// The least that watches instances: one stream, JSON.parse, JSON.stringify, a line for each put. Knows one layout, and trusts every record.
import { asItIs, connect } from '../raw/connection.ts'
import { Fields, encode } from '../raw/protobuf.ts'
import { keyValueIn } from '../raw/range.ts'

const [endpoint = '', prefix = ''] = process.argv.slice(2)
const client = connect(endpoint)
const watch = client.makeBidiStreamRequest('/etcdserverpb.Watch/Watch', asItIs, asItIs)
watch.write(encode([1, encode([1, Buffer.from(`${prefix}/`)], [2, Buffer.from(`${prefix}0`)])]))
watch.on('data', (message: Buffer) => {
  const answer = new Fields(message)
  let lines = ''
  for (let field = answer.next(); field !== 0; field = answer.next()) {
    if (field === 11) lines += lineOf(answer.message())
    else answer.skip()
  }
  if (lines !== '') process.stdout.write(lines)
})
process.once('SIGTERM', () => process.exit(0))

function lineOf(event: Fields): string {
  let line = ''
  for (let field = event.next(); field !== 0; field = event.next()) {
    if (field !== 2) {
      event.skip()
      continue
    }
    const { key, value } = keyValueIn(event.message())
    const { id, name, version, metadata, endpoints } = JSON.parse(String(value))
    const time = new Date().toISOString()
    line = `${JSON.stringify({ type: 'added', time, id, name, version, metadata, endpoints, keys: [String(key)] })}\n`
  }
  return line
}
