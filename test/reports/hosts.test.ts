import { expect, it } from 'vitest'
import { hosts } from '../../src/reports/hosts.ts'
import { entry, malformed } from './entries.ts'

it('counts an instance once for each of its hosts, by name', () => {
  const fold = hosts()
  fold.add(entry({ endpoints: ['grpc://10.0.0.2:9000', 'http://10.0.0.2:8000', 'grpc://10.0.0.1:9000'] }))
  fold.add(entry({ id: 'b', endpoints: ['grpc://[2001:DB8::1]:9000'] }, { status: 'down' }), 2)
  fold.add(entry({ id: 'c', endpoints: ['grpc://10.0.0.2:9001'] }, { status: 'down' }))
  fold.add(entry({ id: 'd', endpoints: [] }))
  fold.add(malformed())
  const { service } = entry()
  expect(fold.result()).toEqual([
    { host: '10.0.0.1', instances: 1, up: 1, byStatus: { up: 1 }, services: [service] },
    { host: '10.0.0.2', instances: 2, up: 1, byStatus: { down: 1, up: 1 }, services: [service] },
    { host: '2001:db8::1', instances: 2, up: 0, byStatus: { down: 2 }, services: [service] },
  ])
})
