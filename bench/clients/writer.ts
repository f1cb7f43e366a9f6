// Puts instances, and writes on standard output when it began and when each put was acknowledged: milliseconds since 1970, in order.
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '../raw/connection.ts'
import { putAll } from '../raw/write.ts'
import { instance } from '../registries/fleet.ts'

const [endpoint = '', prefix = '', count = '', perSecond = ''] = process.argv.slice(2)
const client = connect(endpoint)
const total = Number(count)
const WARM = 500
const acknowledged: number[] = []
// Before anything is timed it connects, and its code is compiled.
for (let at = 0; at < WARM; at += 1) await putAll(client, [instance(at, { prefix: '/warming' })])
const now = (): number => performance.timeOrigin + performance.now()

const begun = now()
if (Number(perSecond) > 0) {
  const puts: Promise<void>[] = []
  for (let at = 0; at < total; at += 1) {
    const wait = begun + (at * 1_000) / Number(perSecond) - now()
    if (wait > 1) await delay(wait)
    puts.push(putAll(client, [instance(at, { prefix })]).then(() => void (acknowledged[at] = now())))
  }
  await Promise.all(puts)
} else {
  await putAll(
    client,
    Array.from({ length: total }, (_, at) => instance(at, { prefix })),
  )
  acknowledged.push(now())
}
process.stdout.write(JSON.stringify({ begun, acknowledged }))
client.close()
