import { printable, quoted } from '../finding.ts'
import type { RecordRule } from '../rule.ts'

// semver.org, with the v that Go programs put before it
export const SEMANTIC_VERSION =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-z-][\da-z-]*)(\.(0|[1-9]\d*|\d*[a-z-][\da-z-]*))*)?(\+[\da-z-]+(\.[\da-z-]+)*)?$/i

const noVersion: RecordRule = {
  code: 'RC1105',
  severity: 'info',
  title: 'empty version',
  cause:
    'The program was built without its version: `-ldflags "-X main.Version=…"` is missing in the build. ' +
    'The registry does not show what runs, and clients that filter by version never pick it.',
  fix: 'build with -ldflags "-X main.Version=<version>"',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre","version":"v1.0.0",…}',
  bad: '/microservices/sre/server-01\n{"id":"server-01","name":"sre","version":"",…}',
  layouts: ['kratos', 'kratos-scheme'],
  flagsOrdinary: false,
  check: ({ reading }) =>
    reading.is === 'instance' && reading.instance.version === '' ? [{ message: 'the version is empty' }] : [],
}

const oddVersion: RecordRule = {
  code: 'RC1106',
  severity: 'info',
  title: 'version is not a semantic version',
  cause:
    'Versions such as "v1", a date or a commit cannot be ordered, and Kratos clients compare versions letter by letter.',
  fix: 'use MAJOR.MINOR.PATCH, with or without a v',
  good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre","version":"v1.2.3",…}',
  bad: '/microservices/sre/server-01\n{"id":"server-01","name":"sre","version":"v1",…}',
  layouts: ['kratos', 'kratos-scheme', 'aio'],
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'instance') return []
    const { version } = reading.instance
    if (version === '' || SEMANTIC_VERSION.test(version)) return []
    return [{ message: `the version is ${quoted(version)}`, culprit: printable(version) }]
  },
}

const oddWeight: RecordRule = {
  code: 'RC1107',
  severity: 'info',
  title: 'weight that clients do not take',
  cause:
    'Kratos clients read the weight in the metadata as a whole number ("7" and "+7", not "0.5", "1e2" or a word) and take 100 for ' +
    'anything else. One below 0 gets no traffic from those that weigh.',
  fix: 'write a whole number, 0 or more',
  good: '/microservices/cart/c-6\n{"id":"c-6","name":"cart",…,"metadata":{"weight":"70"}}',
  bad: '/microservices/cart/c-6\n{"id":"c-6","name":"cart",…,"metadata":{"weight":"0.7"}}',
  layouts: ['kratos', 'kratos-scheme', 'service'],
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'instance') return []
    const { instance, observed } = reading
    const said = Object.hasOwn(instance.metadata, 'weight') ? instance.metadata['weight'] : undefined
    if (said === undefined) return []
    const hit = (fault: string) => [{ message: `the weight ${quoted(said)} ${fault}`, culprit: printable(said) }]
    // A registry with weights of its own goes by those.
    if (observed.weight === undefined) return hit('is not a whole number, so clients take 100')
    return observed.weight < 0 ? hit('is below 0') : []
  },
}

export const VALUE_RULES: readonly RecordRule[] = [noVersion, oddVersion, oddWeight]
