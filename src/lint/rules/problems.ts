import { PROBLEMS, type ProblemCode } from '../../model/reading.ts'
import type { RecordRule, RuleText } from '../rule.ts'

/** A rule for each way in which a record can be unusable: a problem without one does not compile. */
const TEXTS: Readonly<Record<ProblemCode, RuleText>> = {
  'empty-name': {
    code: 'RC1001',
    severity: 'error',
    title: 'empty service name',
    cause:
      'The program was built without its name: `-ldflags "-X main.Name=…"` is missing in the build, and the ' +
      'kratos-layout template leaves Name blank and takes the host name as id. The record is under no service, so no client finds it.',
    fix: 'find the process by the id or hosts, build it with -ldflags "-X main.Name=<service>", restart it, then purge --rule RC1001',
    good: '/microservices/sre/node-7.local\n{"id":"node-7.local","name":"sre",…}',
    bad: '/microservices//node-7.local\n{"id":"node-7.local","name":"",…}',
  },
  'empty-id': {
    code: 'RC1002',
    severity: 'error',
    title: 'empty instance id',
    cause:
      'The program sets its id to an empty string (`kratos.ID("")`, an unset variable, a host name that could not be read). ' +
      'All such instances write the same key and overwrite one another: the last one is seen, the first to stop removes it.',
    fix: 'give each process an id of its own (leave kratos.ID out for a UUID), restart it, then purge --rule RC1002',
    good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
    bad: '/microservices/sre/\n{"id":"","name":"sre",…}',
  },
  'name-mismatch': {
    code: 'RC1003',
    severity: 'error',
    title: 'name in the value differs from the key',
    cause:
      'The key was edited or copied by hand, or the prefix is not the one the program writes under. Clients look the name up by key ' +
      'and compare it with the value, so the instance is invisible under both names.',
    fix: 'let the program register itself again, or check --prefix; then remove this key',
    good: '/microservices/pay/p-1\n{"id":"p-1","name":"pay",…}',
    bad: '/microservices/pay/p-1\n{"id":"p-1","name":"payments",…}',
  },
  'short-key': {
    code: 'RC1004',
    severity: 'error',
    title: 'key without an instance id',
    cause: 'Something other than a registration was put under the prefix: the key ends after the service name.',
    fix: 'find out who put it there, and remove the key',
    good: '/microservices/sre/server-01\n{"id":"server-01","name":"sre",…}',
    bad: '/microservices/sre\n{"id":"server-01","name":"sre",…}',
  },
  'not-json': {
    code: 'RC1101',
    severity: 'error',
    title: 'value is not a JSON object',
    cause:
      'The value was put by hand, cut off, or belongs to another program. One such value makes every Kratos client fail that asks for ' +
      'this service, or for any service whose name is the beginning of this one.',
    fix: 'remove the key now; its owner, if it has one, registers again',
    good: '/microservices/cart/c-1\n{"id":"c-1","name":"cart",…}',
    bad: '/microservices/cart/c-1\nnot json',
  },
  'null-value': {
    code: 'RC1102',
    severity: 'error',
    title: 'value is null',
    cause:
      'A script wrote the JSON word null. Kratos decodes it to a nil pointer and panics: every client that asks for this service, ' +
      'or for one whose name is the beginning of this one, crashes.',
    fix: 'remove the key now, then find the script',
    good: '/microservices/cart/c-2\n{"id":"c-2","name":"cart",…}',
    bad: '/microservices/cart/c-2\nnull',
  },
  'wrong-type': {
    code: 'RC1103',
    severity: 'error',
    title: 'field of a wrong type',
    cause:
      'A program that is not Kratos wrote the record: a field, a metadata value or an endpoint is neither a string nor null. ' +
      'Go refuses the whole value, and with it every service whose name is the beginning of this one.',
    fix: 'have the writer send strings only ("weight":"100"), then remove the key',
    good: '/microservices/cart/c-3\n{"id":"c-3","name":"cart","metadata":{"weight":"100"},…}',
    bad: '/microservices/cart/c-3\n{"id":"c-3","name":"cart","metadata":{"weight":100},…}',
  },
  'not-an-address': {
    code: 'RC1104',
    severity: 'error',
    title: 'value is not an address',
    cause: 'The value should be a bare host:port or URL, and is neither: no client can connect to it.',
    fix: 'have the writer put host:port or scheme://host:port, or remove the key',
    good: '/services/gateway/g-1\n10.0.0.30:8080',
    bad: '/services/gateway/g-1\nready',
  },
}

export const PROBLEM_RULES: readonly RecordRule[] = PROBLEMS.map(problemRule)

function problemRule(code: ProblemCode): RecordRule {
  return {
    ...TEXTS[code],
    flagsOrdinary: false,
    check({ reading }) {
      if (reading.is !== 'malformed' || reading.problem.code !== code) return []
      const { message, culprit } = reading.problem
      return [{ message, ...(culprit === undefined ? {} : { culprit }) }]
    },
  }
}
