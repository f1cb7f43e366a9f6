import { FRAMEWORKS } from './frameworks.ts'
import type { RecordRule } from '../rule.ts'

const OWN_RULE: ReadonlySet<string> = new Set(['curator', 'dubbo'])

const noLease: RecordRule = {
  code: 'RC1301',
  severity: 'warning',
  title: 'no lease',
  cause:
    'The key was put by hand or restored: Kratos and most frameworks always attach a lease (gRPC naming leaves it to the program, go-micro attaches none at a TTL of 0). It stays for ever, also when the process is long gone, ' +
    'and clients keep calling it.',
  fix: 'if the process lives, let it register itself; if not, remove it (purge --no-lease --dry-run lists them)',
  good: '/microservices/cart/c-5 (lease 694d9f0c1a2b3c4d)\n{"id":"c-5","name":"cart",…}',
  bad: '/microservices/cart/c-5 (no lease)\n{"id":"c-5","name":"cart",…}',
  // Curator's and Dubbo's records say themselves whether they are meant to stay: RC1709, RC1711.
  layouts: ['kratos', 'kratos-scheme', 'plain', ...FRAMEWORKS.filter((layout) => !OWN_RULE.has(layout))],
  flagsOrdinary: false,
  check: ({ record, reading }) =>
    reading.is === 'structure' || record.lease !== undefined
      ? []
      : [{ message: 'the key has no lease: it never expires, and nothing shows that it is alive' }],
}

export const LEASE_RULES: readonly RecordRule[] = [noLease]
