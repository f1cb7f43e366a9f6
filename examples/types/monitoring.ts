/** What the library does by itself, and who hears of it. */
import { channel } from 'node:diagnostics_channel'
import {
  type KeepAliveTrace,
  type Monitor,
  type MonitorEvent,
  type MonitorOptions,
  type OperationTrace,
  CHANNELS,
  connect,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:', { layout: 'aio' })

channel(CHANNELS.operation).subscribe((message) => {
  const { operation, services, records, error } = message as OperationTrace
  if (operation === 'remove') console.log(operation, services, records, error ?? 'done')
})

channel(CHANNELS.keepAlive).subscribe((message) => {
  const { service, instance, event } = message as KeepAliveTrace
  console.log(service, instance, event)
})
await using kept = await registry.register({ name: 'pay', id: 'pay-1', endpoints: ['grpc://10.0.0.7:9000'] })
console.log(kept.registration.action)

function told(event: MonitorEvent): void {
  if (event.type === 'down') console.log(event.entry.instance.id, 'is not renewed for', event.unrenewedFor, 'ms')
  else console.log(event.type)
}

const options: MonitorOptions = { ttl: 30_000, every: 10_000, onEvent: told }
await using monitor: Monitor = registry.client.monitor(options)
while (!monitor.leads) await new Promise((resolve) => setTimeout(resolve, 10))
console.log(monitor.leads, monitor.skew)
