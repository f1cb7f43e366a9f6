import type { ErrorCode } from './errors.ts'

/** What `doctor` looks at. The names never change: scripts read them. */
export const CHECKS = [
  'reachable', // it answers, as a registry of its kind
  'latency', // milliseconds for one request on an open connection
  'tls', // how long its certificate is valid
  'client-certificate', // how long ours is
  'clock', // its clock against that of this machine
  'version',
  'read', // what this user has permission to do
  'write',
  'namespace', // there is the one that is named
  'leader',
  'members', // of one cluster, and what they say of each other
  'lag', // how far a member is behind the others
  'role', // of a member: voter, learner, leader, follower, read-only
  'alarms', // what the store itself raises
  'database', // its size and its limit
  'leases',
  'agent', // the checks of a Consul agent's own node
  'requests', // those that wait
  'sessions',
  'readiness', // what the server says of its own parts
  'naming', // Nacos' switches
  'self-preservation',
  'renewals',
  'replicas',
  'registry', // the one behind a server
  'file-system',
  'permissions',
  'log', // SQLite's
  'integrity',
  'disk',
] as const

export type DiagnosisCheck = (typeof CHECKS)[number]

/** `unknown`: the registry did not tell, or this user has no permission to ask. */
export const DIAGNOSIS_STATES = ['ok', 'warning', 'error', 'unknown'] as const
export type DiagnosisState = (typeof DIAGNOSIS_STATES)[number]

export const UNITS = ['milliseconds', 'seconds', 'days', 'bytes', 'percent', 'count'] as const

/** A number behind a fact. */
export interface Measure {
  readonly value: number
  readonly unit: (typeof UNITS)[number]
}

/** What one check found about a registry or one of its servers. */
export interface Diagnosis extends Partial<Measure> {
  /** A server (`host:port`), a file, or the registry as a whole. */
  readonly subject: string
  readonly check: DiagnosisCheck
  readonly state: DiagnosisState
  /** One sentence, for people. */
  readonly fact: string
  /** What to do about it, for people. */
  readonly fix?: string
  /** Of a server that could not be used: why. */
  readonly code?: ErrorCode
}
