import { originOf, quoted } from '../finding.ts'
import type { Fold, FoldHit, FoldRule, FindingOrigin } from '../rule.ts'

interface Name {
  readonly name: string
  readonly origin: FindingOrigin
  told: boolean
}

export const nameWithinName: FoldRule = {
  code: 'RC1011',
  severity: 'info',
  title: 'name is the beginning of another name',
  cause:
    'Kratos reads a service by string prefix without a slash at its end: clients of sre also read, and are woken by, sre-admin, ' +
    'and one unreadable value there makes them fail.',
  fix: 'nothing while the other service is in order; in new names avoid one that begins with another',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}\n/microservices/admin-sre/a-1\n{"id":"a-1","name":"admin-sre",…}',
  bad: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}\n/microservices/sre-admin/a-1\n{"id":"a-1","name":"sre-admin",…}',
  layouts: ['kratos', 'kratos-scheme'],
  begin: beginNames,
}

/**
 * Names come in the order of their keys, so all names that begin with another lie around it: those just before it
 * (`sre-` sorts before `sre/`) touch it, those after it are over when the first comes that begins otherwise.
 * So the names that enclose the present one are all it takes. One finding for the shorter name.
 */
function beginNames(): Fold {
  const enclosing: Name[] = []
  let last = ''
  return {
    add(subject) {
      const { service, record } = subject
      // In a tree every service has a node of its own, and is read by it alone.
      if (record.children !== undefined) return []
      if (service === '' || service === last) return []
      const present: Name = { name: service, origin: originOf(subject), told: false }
      const hits = last.startsWith(service) ? tell(present, last) : []
      while (enclosing.length > 0 && !service.startsWith(enclosing.at(-1)?.name ?? '')) enclosing.pop()
      const around = enclosing.at(-1)
      if (around && around.name !== service) hits.push(...tell(around, service))
      enclosing.push(present)
      last = service
      return hits
    },
    end: () => [],
  }
}

function tell(shorter: Name, longer: string): FoldHit[] {
  if (shorter.told) return []
  shorter.told = true
  return [
    { origin: shorter.origin, message: `clients of ${quoted(shorter.name)} also read the keys of ${quoted(longer)}` },
  ]
}
