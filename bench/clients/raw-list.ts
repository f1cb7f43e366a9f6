// The least that lists instances: pages, JSON.parse, JSON.stringify, lines. Knows one layout, and trusts every record.
import { once } from 'node:events'
import { connect } from '../raw/connection.ts'
import { pages } from '../raw/range.ts'

const [endpoint = '', prefix = ''] = process.argv.slice(2)
const client = connect(endpoint)

for await (const page of pages(client, prefix)) {
  let lines = ''
  for (const { key, value, lease: id64 } of page) {
    const lease = id64.toString(16).padStart(16, '0')
    const { id, name, version, metadata, endpoints } = JSON.parse(String(value))
    const { env } = metadata
    const keys = [String(key)]
    const item = { id, name, version, metadata, endpoints, status: 'up', env, lease, layout: 'kratos', keys }
    lines += `${JSON.stringify(item)}\n`
  }
  if (!process.stdout.write(lines)) await once(process.stdout, 'drain')
}
client.close()
