/**
 * A client of ZooKeeper, 3.5 and newer, which knows nothing of what lies in it: one `Session` with an ensemble, to which
 * requests are given as values. `session.request(getData('/a'))` reads, `session.request(multi([create(…), remove(…)]))`
 * changes, `session.watch('/a')` reports everything below. Source: the jute files and the Java client of ZooKeeper 3.9.
 */
export { type AclEntry, ANYONE, CREATOR, getAcl } from './acl.ts'
export type { SessionOptions } from './attachment.ts'
export { type NodeChange, check, create, multi, only, remove, setData, sizeOf } from './changes.ts'
export { OpCode, ServerCode, ServerError, isServerError } from './codes.ts'
export {
  ConnectionLoss,
  LoginRefused,
  NeverSent,
  NoAnswer,
  NoZooKeeper,
  NobodyServes,
  OldServer,
  SessionClosed,
  SessionExpired,
  TooLarge,
} from './failures.ts'
export { askWord } from './four-letter-word.ts'
export type { SessionLogin } from './login.ts'
export type { SocketTls } from './place.ts'
export {
  type Request,
  exists,
  getChildren,
  getData,
  multiGetChildren,
  multiGetData,
  sync,
} from './requests.ts'
export { Session } from './session.ts'
export type { Kind, Node, Stat } from './stat.ts'
