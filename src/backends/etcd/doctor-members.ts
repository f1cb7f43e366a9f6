import type { Diagnosis } from '../../model/diagnosis.ts'
import { type Diagnoses, mebibytes } from '../contract/diagnose.ts'
import type { MemberStatus } from './wire-status.ts'

/** A member that answered. */
export interface SeenMember {
  readonly about: Diagnoses
  readonly status: MemberStatus
  /** Bytes that its database may have; 0 where it does not tell. */
  readonly quota: number
}

/** Entries of the log by which a member may be behind. From the second number on, etcd refuses writes, or sends a snapshot. */
const BEHIND = 1_000
const FAR_BEHIND = 5_000
/** Percent of the quota. */
const NEARLY_FULL = 80
const FULL = 95
const OLDEST = [3, 4] as const

/** For a member whose status is shown to others only: from 3.6 on etcd shows it to root. */
export function hiddenDiagnoses({ unknown }: Diagnoses): Diagnosis[] {
  const fact = 'the status of a member is not shown to this user'
  return (['leader', 'alarms', 'database', 'lag'] as const).map((check) =>
    unknown(check, fact, 'a user with the role root sees it'),
  )
}

/** What one member says of itself. Pure. */
export function memberDiagnoses(member: SeenMember): Diagnosis[] {
  const { about, status } = member
  return [
    version(about, status),
    leader(about, status),
    ...role(about, status),
    ...alarms(about, status),
    database(member),
    applied(about, status),
  ]
}

function version({ ok, warning }: Diagnoses, { version: its }: MemberStatus): Diagnosis {
  const [major = 0, minor = 0] = its.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  if (!isOld) return ok('version', `etcd ${its}`)
  return warning(
    'version',
    `etcd ${its} is older than ${OLDEST.join('.')}`,
    'upgrade it: rollcall is made for 3.4 and newer',
  )
}

function leader({ ok, error }: Diagnoses, status: MemberStatus): Diagnosis {
  if (status.leader === undefined)
    return error('leader', 'knows no leader', 'too few members can reach one another: start them, or mend the network')
  return ok('leader', status.leader === status.member ? 'leads its cluster' : `follows ${status.leader}`)
}

function role({ warning }: Diagnoses, { isLearner }: MemberStatus): Diagnosis[] {
  if (!isLearner) return []
  return [
    warning(
      'role',
      'is a learner: it has no vote and serves no reads',
      'promote it once it has caught up: etcdctl member promote',
    ),
  ]
}

const FIXES: Readonly<Record<string, string>> = {
  NOSPACE:
    'compact and defragment it (etcdctl compact, etcdctl defrag), then etcdctl alarm disarm; raise --quota-backend-bytes if it fills again',
  CORRUPT: 'replace the member that raised it: etcdctl member remove, then add it with an empty data folder',
}

/** Every member lists the alarms of all. */
function alarms({ ok, error }: Diagnoses, { alarms: raised, member: own }: MemberStatus): Diagnosis[] {
  if (raised.length === 0) return [ok('alarms', 'none')]
  return raised.map(({ name, member }) =>
    error(
      'alarms',
      `${name}, raised by ${member === own ? 'itself' : member}`,
      FIXES[name] ?? 'etcdctl alarm list shows it',
    ),
  )
}

function database({ about, status: { size, used }, quota }: SeenMember): Diagnosis {
  if (quota === 0) return about.unknown('database', `${mebibytes(size)}; it does not tell its limit`)
  const percent = Math.round((size / quota) * 100)
  const measure = { value: percent, unit: 'percent' } as const
  const fact = `${mebibytes(size)} of ${mebibytes(quota)} (${percent} %), of which ${mebibytes(used)} are in use`
  if (percent < NEARLY_FULL) return about.ok('database', fact, measure)
  const fix =
    used < size / 2
      ? 'defragment it: etcdctl defrag'
      : 'compact and defragment it (etcdctl compact, etcdctl defrag), or raise --quota-backend-bytes'
  return percent < FULL ? about.warning('database', fact, fix, measure) : about.error('database', fact, fix, measure)
}

function applied(about: Diagnoses, { index, applied: done }: MemberStatus): Diagnosis {
  return behind(about, index - done, 'of its own log', 'its disk or processor is too slow for what is written')
}

function behind({ ok, warning, error }: Diagnoses, entries: number, of: string, fix: string): Diagnosis {
  const measure = { value: Math.max(0, entries), unit: 'count' } as const
  if (entries < BEHIND)
    return ok('lag', entries <= 0 ? `has all ${of}` : `${entries} entries behind the end ${of}`, measure)
  const fact = `${entries} entries behind the end ${of}`
  return entries < FAR_BEHIND ? warning('lag', fact, fix, measure) : error('lag', fact, fix, measure)
}

/** What the members say of each other. Pure. */
export function membersDiagnoses(about: Diagnoses, seen: readonly SeenMember[]): Diagnosis[] {
  if (seen.length < 2) return []
  const clusters = new Set(seen.map(({ status }) => status.cluster))
  if (clusters.size > 1)
    return [
      about.error(
        'members',
        `the endpoints belong to ${clusters.size} clusters: ${said(seen, 'cluster')}`,
        'name the members of one cluster only',
      ),
    ]
  return [agreed(about, seen, 'leader'), agreed(about, seen, 'version'), ...behindOthers(seen)]
}

/** They may be asked while they elect another, or are upgraded one by one. */
function agreed(about: Diagnoses, seen: readonly SeenMember[], field: 'leader' | 'version'): Diagnosis {
  const words = new Set(seen.map(({ status }) => minorOf(status[field] ?? 'nobody')))
  if (words.size === 1) return about.ok('members', `all ${seen.length} name the same ${field}`)
  const fix =
    field === 'leader' ? 'look again; if it stays, some members cannot reach the others' : 'finish the upgrade'
  return about.warning('members', `they name different ${field}s: ${said(seen, field)}`, fix)
}

/** `3.5` of `3.5.9`; any other word as it is. */
function minorOf(word: string): string {
  return /^(\d+\.\d+)\./.exec(word)?.[1] ?? word
}

function said(seen: readonly SeenMember[], field: 'cluster' | 'leader' | 'version'): string {
  return seen.map(({ about, status }) => `${about.subject} ${status[field] ?? 'nobody'}`).join(', ')
}

function behindOthers(seen: readonly SeenMember[]): Diagnosis[] {
  const newest = Math.max(...seen.map(({ status }) => status.applied))
  return seen.flatMap(({ about, status: { applied: done } }) =>
    newest - done < BEHIND
      ? []
      : [behind(about, newest - done, "of the others' logs", 'look at its disk, and at its network to the leader')],
  )
}
