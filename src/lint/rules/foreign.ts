import { originOf, printable, quoted } from '../finding.ts'
import type { Fold, FoldHit, FoldRule, Subject } from '../rule.ts'

export const unreadable: FoldRule = {
  code: 'RC1601',
  severity: 'warning',
  title: "record of another program that fails Kratos' reads",
  cause:
    'Another framework, or a hand, wrote below a prefix that Kratos reads. On etcd Kratos reads every key that begins with the name it asks ' +
    'for, on ZooKeeper every node in the folder of the service, and one value that its decoder refuses fails the whole read.',
  fix: 'let the other program use a prefix of its own. Only purge --rule RC1601, or deregister --raw-key with --force, removes this record: its program may be alive and need it',
  good: '/micro/registry/greeter/greeter-8f1\n{"name":"greeter","version":"latest","endpoints":[{…}],"nodes":[{…}]}',
  bad: '/microservices/greeter/greeter-8f1\n{"name":"greeter","version":"latest","endpoints":[{…}],"nodes":[{…}]}',
  foreign: true,
  begin: beginUnreadable,
}

/** Keeps the names of Kratos' services, and where a record fails their reads. */
function beginUnreadable(): Fold {
  const names = new Set<string>()
  const suspects = new Set<string>()
  return {
    add(subject) {
      const { reading, service } = subject
      if (reading.is === 'foreign') {
        if (reading.breaks !== undefined) suspects.add(service)
      } else if (isKratos(subject)) names.add(service)
      return []
    },
    end: () => [...suspects],
    again: (subject) => hitsOf(subject, names),
  }
}

function isKratos({ reading, layout }: Subject): boolean {
  return reading.is === 'instance' && layout.startsWith('kratos')
}

function hitsOf(subject: Subject, names: ReadonlySet<string>): FoldHit[] {
  const { reading, record } = subject
  if (reading.is !== 'foreign' || reading.breaks === undefined) return []
  const below = reading.breaks
  const folder = below.split('/', 1)[0] ?? ''
  const failing = [...names].filter((name) =>
    record.children === undefined ? below.startsWith(name) : name === folder,
  )
  const whose = (failing.length > 0 ? failing.toSorted() : [folder]).map(quoted).join(', ')
  const like = reading.looksLike === undefined ? '' : ` of ${printable(reading.looksLike)}`
  return [{ message: `Kratos cannot decode this record${like}: its reads of ${whose} fail`, origin: originOf(subject) }]
}
