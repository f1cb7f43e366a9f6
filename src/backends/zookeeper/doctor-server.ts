import type { Diagnosis } from '../../model/diagnosis.ts'
import type { Diagnoses } from '../contract/diagnose.ts'

/** What a server answers to `srvr`. */
export interface ServerReport {
  readonly about: Diagnoses
  /** `3.9.2`; empty where it does not tell. */
  readonly version: string
  /** `leader`, `follower`, `observer`, `standalone`, `read-only`; empty for one that does not serve. */
  readonly mode: string
  /** Requests that wait. */
  readonly outstanding: number
  /** Its latest transaction: the epoch of a leader, and a counter. */
  readonly zxid: { readonly epoch: number; readonly counter: number } | undefined
}

/** Requests that wait, above which a server is slow, and at which it stops to read more (globalOutstandingLimit). */
const MANY = 10
const LIMIT = 1_000
/** Transactions. */
const BEHIND = 1_000

/** Pure. Source: org.apache.zookeeper.server.command.StatCommand. */
export function reportIn(about: Diagnoses, srvr: string): ServerReport {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(srvr)?.[1]?.trim() ?? ''
  const zxid = /^0x([0-9a-f]{1,16})$/.exec(field('Zxid'))?.[1]
  return {
    about,
    version: /^[\d.]+/.exec(field('Zookeeper version'))?.[0] ?? '',
    mode: field('Mode'),
    outstanding: Number(field('Outstanding')) || 0,
    zxid: zxid === undefined ? undefined : halvesOf(BigInt(`0x${zxid}`)),
  }
}

function halvesOf(zxid: bigint) {
  return { epoch: Number(zxid >> 32n), counter: Number(zxid & 0xffffffffn) }
}

/** What one server says of itself. Pure. */
export function serverDiagnoses({ about, version, mode, outstanding }: ServerReport): Diagnosis[] {
  if (mode === '')
    return [
      about.error(
        'role',
        'does not serve: it belongs to no quorum',
        'too few servers of its ensemble can reach one another: start them, or mend the network',
      ),
    ]
  const measure = { value: outstanding, unit: 'count' } as const
  const waiting = outstanding === 1 ? '1 request waits' : `${outstanding} requests wait`
  const fix = 'its disk or its network is too slow for what is asked: look at the latencies in srvr'
  return [
    ...(version === '' ? [] : [about.ok('version', `ZooKeeper ${version}`)]),
    mode === 'read-only'
      ? about.error(
          'role',
          'is read-only: it is cut off from its quorum',
          'start the other servers, or mend the network between them',
        )
      : about.ok(
          'role',
          `is ${mode === 'standalone' ? 'standalone' : `${/^[aeiou]/.test(mode) ? 'an' : 'a'} ${mode}`}`,
        ),
    outstanding < MANY
      ? about.ok('requests', waiting, measure)
      : about[outstanding < LIMIT ? 'warning' : 'error']('requests', waiting, fix, measure),
  ]
}

/** The sessions and ephemeral nodes in an answer to `mntr`; older servers do not count sessions. Pure. */
export function sessionDiagnosis(about: Diagnoses, mntr: string): Diagnosis | undefined {
  const number = (name: string) => {
    const text = new RegExp(`^${name}\\t(\\d+)`, 'm').exec(mntr)?.[1]
    return text === undefined ? undefined : Number(text)
  }
  const sessions = number('zk_global_sessions')
  const [connections, ephemerals] = [number('zk_num_alive_connections'), number('zk_ephemerals_count')]
  const words = [
    ...(sessions === undefined ? [] : [`${sessions} in the ensemble`]),
    ...(connections === undefined ? [] : [`${connections} connected to this server`]),
    ...(ephemerals === undefined ? [] : [`${ephemerals} ephemeral nodes`]),
  ]
  return words.length === 0
    ? undefined
    : about.ok('sessions', words.join(', '), { value: sessions ?? connections ?? 0, unit: 'count' })
}

/** What the servers say of each other. Pure. */
export function serversDiagnoses(about: Diagnoses, seen: readonly ServerReport[]): Diagnosis[] {
  const serving = seen.filter(({ mode }) => mode !== '')
  if (serving.length < 2) return []
  const alone = serving.filter(({ mode }) => mode === 'standalone')
  const leaders = serving.filter(({ mode }) => mode === 'leader')
  const names = (some: readonly ServerReport[]) => some.map((each) => each.about.subject).join(', ')
  const onlyOne = 'name the servers of one ensemble only'
  if (alone.length > 0)
    return [about.error('members', `${names(alone)}: standalone, so these servers are not one ensemble`, onlyOne)]
  if (leaders.length > 1)
    return [
      about.error('members', `${names(leaders)}: each of them leads, so these servers are not one ensemble`, onlyOne),
    ]
  return [
    about.ok(
      'members',
      `${serving.length} servers, ${leaders.length === 1 ? `led by ${names(leaders)}` : 'the leader is none of them'}`,
    ),
    ...behind(serving),
  ]
}

/** Followers may be a few transactions late; those of another epoch have not joined their leader yet. */
function behind(serving: readonly ServerReport[]): Diagnosis[] {
  const known = serving.flatMap(({ about, zxid }) => (zxid ? [{ about, zxid }] : []))
  const epoch = Math.max(...known.map(({ zxid }) => zxid.epoch))
  const newest = Math.max(0, ...known.filter(({ zxid }) => zxid.epoch === epoch).map(({ zxid }) => zxid.counter))
  return known.flatMap(({ about, zxid }) => {
    const fix = 'look at its disk, and at its network to the leader; look again after an election'
    if (zxid.epoch < epoch)
      return [
        about.warning('lag', `its latest transaction is of epoch ${zxid.epoch}, and others have epoch ${epoch}`, fix),
      ]
    const count = newest - zxid.counter
    const measure = { value: count, unit: 'count' } as const
    return count < BEHIND ? [] : [about.warning('lag', `${count} transactions behind the others`, fix, measure)]
  })
}
