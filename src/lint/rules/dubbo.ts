import { dubboNodeAt } from '../../layouts/dubbo-url.ts'
import { printable, quoted } from '../finding.ts'
import type { RecordRule } from '../rule.ts'

const FOLDER = '/dubbo/com.acme.Orders/providers'
const PROVIDER = 'dubbo%3A%2F%2F10.0.0.1%3A20880%2Fcom.acme.Orders%3Fapplication%3Dorders%26interface%3Dcom.acme.Orders'

const outlives: RecordRule = {
  code: 'RC1711',
  severity: 'warning',
  title: 'Dubbo: provider without a session',
  cause:
    'The provider was registered with dynamic=false, or by hand, or restored. Its node stays when the process is gone, and consumers keep calling the address.',
  fix: "if no process has this address, remove the node with Dubbo's own console or zkCli; if one has, let it register with dynamic=true",
  good: `${FOLDER}/${PROVIDER} (session 0x100001)`,
  bad: `${FOLDER}/${PROVIDER} (no session)`,
  layouts: ['dubbo'],
  flagsOrdinary: false,
  check({ reading, record: { lease }, key }) {
    if (reading.is !== 'instance' || lease !== undefined) return []
    const dynamic = dubboNodeAt(key)?.parameters.get('dynamic')
    const why = dynamic === 'false' ? 'it was registered with dynamic=false' : 'a process registers it on its session'
    return [{ message: `the node has no session, so it never expires: ${why}` }]
  },
}

const otherInterface: RecordRule = {
  code: 'RC1712',
  severity: 'warning',
  title: 'Dubbo: provider in the folder of another interface',
  cause:
    'The node was copied or written by hand. Consumers of the interface of the folder leave out a URL with another interface, and those of the other interface do not look here.',
  fix: 'let the program register itself again, then remove this node',
  good: `${FOLDER}/${PROVIDER}`,
  bad: `/dubbo/com.acme.Payments/providers/${PROVIDER}`,
  layouts: ['dubbo'],
  flagsOrdinary: false,
  check({ reading, key }) {
    const node = reading.is === 'instance' ? dubboNodeAt(key) : undefined
    const said = node?.parameters.get('interface') ?? ''
    if (node === undefined || node.interface === said) return []
    return [
      {
        message: `the URL has the interface ${quoted(said)}, and lies in the folder of ${quoted(node.interface)}`,
        culprit: printable(said),
      },
    ]
  },
}

export const DUBBO_RULES: readonly RecordRule[] = [outlives, otherInterface]
