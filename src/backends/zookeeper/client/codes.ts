/** Operations of ZooKeeper's protocol. Source: org.apache.zookeeper.ZooDefs.OpCode, 3.9. */
export const OpCode = {
  create: 1,
  remove: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  getChildren: 8,
  sync: 9,
  ping: 11,
  check: 13,
  multi: 14,
  create2: 15,
  createContainer: 19,
  createTtl: 21,
  multiRead: 22,
  auth: 100,
  sasl: 102,
  setWatches: 105,
  addWatch: 106,
  closeSession: -11,
} as const

/** Request ids with a special meaning. */
export const Xid = { event: -1, ping: -2, auth: -4, setWatches: -8 } as const

/** Answers other than success. Source: org.apache.zookeeper.KeeperException.Code, 3.9. */
export const ServerCode = {
  runtimeInconsistency: -2,
  unimplemented: -6,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  authFailed: -115,
  sessionClosedRequireSasl: -124,
  quotaExceeded: -125,
  throttled: -127,
} as const

/** The server answered with an error. */
export class ServerError extends Error {
  readonly code: number
  readonly path: string | undefined

  constructor(code: number, path?: string) {
    super(`code ${code}${path === undefined ? '' : ` for ${path}`}`)
    this.code = code
    this.path = path
  }
}

export function isServerError(error: unknown, ...codes: readonly number[]): error is ServerError {
  return error instanceof ServerError && (codes.length === 0 || codes.includes(error.code))
}
