import { ERROR_CODES } from '../../model/errors.ts'
import { counter, described, flag, lease, listOf, object, oneOf, text, time } from './parts.ts'

const planned = object(
  {
    key: text,
    service: text,
    id: text,
    reason: described(text, 'why it is to be removed'),
    revision: described(text, 'the revision that its removal compares'),
    live: described(flag, 'the registry reports its instance as up'),
    leased: described(flag, 'its lease or session exists, whatever its value; absent where the registry has neither'),
    ttl: described(
      object({
        granted: described(counter, 'seconds'),
        remaining: described(counter, 'seconds, when the plan was made'),
      }),
      'of its lease, where the registry gives it',
    ),
    comesBack: described(flag, 'the process that wrote it will write it again'),
    guarded: described(flag, 'it is removed only if it has not changed since'),
    note: described(text, 'what its removal leads to'),
    lost: described(text, 'what restore cannot put back'),
  },
  ['id', 'revision', 'leased', 'ttl', 'note', 'lost'],
)

export const PurgePlan = object({ records: listOf(planned) })

const failure = object({ key: text, message: text }, ['message'])

export const PurgeResult = object(
  {
    removed: described(listOf(text), 'keys'),
    changed: described(listOf(text), 'keys of records that changed after the plan, and stay'),
    failed: listOf(failure),
    absent: described(listOf(text), 'keys that were gone already'),
    inDoubt: described(listOf(text), 'keys for which the registry stopped answering before it reported the result'),
    notAttempted: described(listOf(text), 'keys that were not tried, because the registry had stopped answering'),
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
    lease: described(lease, 'the lease of the record now'),
    backup: described(text, 'the file that restore takes'),
    expiresAt: described(time, 'when it will be gone without a heartbeat, or, where it is kept, count as dead'),
    unhealthyAt: described(time, 'when it will be unhealthy without one, where the registry keeps unhealthy instances'),
    message: described(text, 'why it was not done; of planned by drain: what would be done'),
  },
  ['service', 'id', 'lease', 'backup', 'expiresAt', 'unhealthyAt', 'message'],
)

const words = listOf(text)

export const RemovalPlan = object(
  {
    at: described(time, 'when it was made'),
    registry: described(text, 'for which it was made, without secrets'),
    prefix: described(text, 'the prefix that was named'),
    layout: described(text, 'the layout that was named'),
    context: text,
    services: described(words, 'as given to purge'),
    flags: described(
      object(
        {
          malformed: flag,
          rule: words,
          noLease: flag,
          status: words,
          unreachable: flag,
          emptyNodes: flag,
          selector: words,
          version: words,
          scheme: words,
          env: words,
          host: words,
          tag: words,
          noProxies: flag,
          olderThan: text,
        },
        ['olderThan'],
      ),
      'as given to purge; they are evaluated again when the plan is applied, and none lifts a guard',
    ),
    records: listOf(
      object(
        {
          key: text,
          service: text,
          id: text,
          reason: described(text, 'why it is to be removed'),
          revision: text,
          hash: described(text, 'sha256: and the digest of its value, of an object as JSON with sorted names'),
        },
        ['id', 'revision'],
      ),
    ),
  },
  ['prefix', 'layout', 'context'],
)

export const Run = object(
  {
    id: described(text, 'as undo takes it'),
    at: time,
    command: oneOf(['purge', 'apply', 'deregister', 'drain', 'import', 'copy', 'offline', 'online']),
    registry: described(text, 'without secrets'),
    prefix: described(text, 'the prefix that was named'),
    context: text,
    user: text,
    host: described(text, 'the machine on which it ran'),
    records: described(counter, 'that it changed, or may have changed'),
    takenBack: described(oneOf(['no', 'partly', 'yes']), 'by undo or restore'),
    file: described(text, 'the backup, as restore takes it'),
  },
  ['prefix', 'context'],
)

/** An error; the code `bug` marks one in rollcall itself. */
export const ErrorSchema = object({ code: oneOf([...ERROR_CODES, 'bug']), message: text, hint: text }, ['hint'])
