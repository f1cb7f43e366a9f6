/** The statuses of an instance, best first. `up`: clients that ask for healthy instances receive it. */
export const STATUSES = [
  'up',
  'warning',
  'starting',
  'stopping',
  'maintenance',
  'unknown',
  'unhealthy',
  'expired',
  'down',
] as const

export type Status = (typeof STATUSES)[number]

/** Whether a status says that an operator has taken the instance out of traffic. */
export function isOutOfTraffic(status: Status | undefined): boolean {
  return status === 'down' || status === 'maintenance'
}

/** The worse of two statuses; an instance of several parts has the worst of them. */
export function worse(a: Status, b: Status): Status {
  return STATUSES.indexOf(a) >= STATUSES.indexOf(b) ? a : b
}

/** The status a word means, AIO's older words included (`active`, `inactive`), or undefined. */
export function statusOf(word: string): Status | undefined {
  if (word === 'active') return 'up'
  if (word === 'inactive') return 'down'
  return STATUSES.find((status) => status === word)
}
