import { CHECKS, DIAGNOSIS_STATES, UNITS } from '../../model/diagnosis.ts'
import { ERROR_CODES } from '../../model/errors.ts'
import { described, object, oneOf, text } from './parts.ts'

/** What `doctor` found. */
export const Diagnosis = object(
  {
    subject: described(text, 'a server (host:port), a file, or the registry as a whole'),
    check: described(oneOf(CHECKS), 'stable; docs/doctor.md explains each'),
    state: described(
      oneOf(DIAGNOSIS_STATES),
      'unknown: the registry did not tell, or this user has no permission to ask',
    ),
    fact: text,
    fix: described(text, 'what to do about it'),
    value: described({ type: 'number' }, 'the number behind the fact'),
    unit: oneOf(UNITS),
    code: described(oneOf(ERROR_CODES), 'of a server that cannot be used: why'),
  },
  ['fix', 'value', 'unit', 'code'],
)
