// The least that keeps leases alive: one stream, a heartbeat for each lease every third of its TTL.
import { asItIs, connect } from '../raw/connection.ts'
import { encode } from '../raw/protobuf.ts'
import { together } from '../raw/together.ts'
import { grant, putAll, revoke } from '../raw/write.ts'
import { instance } from '../registries/fleet.ts'

const TTL = 15
const [endpoint = '', prefix = '', count = ''] = process.argv.slice(2)
const client = connect(endpoint)
const leases: bigint[] = []
await together(Array.from({ length: Number(count) }).keys(), 32, async (at) => {
  const lease = await grant(client, TTL)
  await putAll(client, [{ ...instance(at, { prefix }), lease }])
  leases.push(lease)
})

const beats = client.makeBidiStreamRequest('/etcdserverpb.Lease/LeaseKeepAlive', asItIs, asItIs)
beats.on('data', () => {})
const beat = (): void => {
  for (const lease of leases) beats.write(encode([1, lease]))
}
setInterval(beat, (TTL * 1_000) / 3)
// Or they would expire while the next program is measured, at the expense of its server. One may have expired by now.
process.once('SIGTERM', () => {
  const gone = together(leases, 32, (lease) => revoke(client, lease).catch(() => {}))
  void gone.then(() => process.exit(0))
})
process.stderr.write('kept alive\n')
