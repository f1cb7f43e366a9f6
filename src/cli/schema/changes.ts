import { ERROR_CODES } from '../../model/errors.ts'
import { counter, described, flag, lease, listOf, object, oneOf, text, time } from './parts.ts'

const planned = object(
  {
    key: text,
    service: text,
    id: text,
    reason: described(text, 'why it is to go'),
    revision: described(text, 'what its removal will compare'),
    live: described(flag, 'the registry reports its instance as up'),
    leased: described(flag, 'its lease or session exists, whatever its value; absent where the registry has neither'),
    ttl: described(
      object({
        granted: described(counter, 'seconds'),
        remaining: described(counter, 'seconds, when the plan was made'),
      }),
      'of its lease, where the registry tells',
    ),
    comesBack: described(flag, 'whoever wrote it will write it again'),
    guarded: described(flag, 'it is removed only as it was seen'),
    note: described(text, 'what will follow'),
    lost: described(text, 'what restore could not put back'),
  },
  ['id', 'revision', 'leased', 'ttl', 'note', 'lost'],
)

export const PurgePlan = object({ records: listOf(planned) })

const failure = object({ key: text, message: text }, ['message'])

export const PurgeResult = object(
  {
    removed: described(listOf(text), 'keys'),
    changed: described(listOf(text), 'keys of records that were no longer as the plan saw them, and stay'),
    failed: listOf(failure),
    absent: described(listOf(text), 'keys that were gone already'),
    inDoubt: described(listOf(text), 'keys of which the registry fell silent before it said what became of them'),
    notAttempted: described(listOf(text), 'keys that were left out, since the registry had fallen silent'),
    backup: described(text, 'the file that restore takes'),
  },
  ['absent', 'inDoubt', 'notAttempted', 'backup'],
)

export const WriteResult = object(
  {
    action: oneOf(['register', 'renew', 'deregister', 'offline', 'online', 'restore']),
    service: text,
    id: text,
    keys: listOf(text),
    result: described(
      text,
      'created, replaced, renewed, unchanged, planned, done, absent, changed, unsupported, failed, in-doubt or not-attempted',
    ),
    lease: described(lease, 'that it hangs on now'),
    backup: described(text, 'the file that restore takes'),
    expiresAt: described(time, 'when it will be gone without a heartbeat, or, where it is kept, count as dead'),
    unhealthyAt: described(time, 'when it will be unhealthy without one, where the registry keeps such'),
    message: described(text, 'why it was not done'),
  },
  ['service', 'id', 'lease', 'backup', 'expiresAt', 'unhealthyAt', 'message'],
)

/** `bug` stands for what is no error of the user. */
export const ErrorSchema = object({ code: oneOf([...ERROR_CODES, 'bug']), message: text, hint: text }, ['hint'])
