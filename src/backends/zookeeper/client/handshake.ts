import type { JuteReader } from './jute.ts'
import { JuteWriter } from './jute.ts'

/** The first message of a client. */
export interface Greeting {
  /** The latest transaction that the client has seen: a server that is behind it refuses the client. */
  readonly lastZxid: bigint
  /** Milliseconds for which the session should outlive its connection; the server decides. */
  readonly timeout: number
  /** 0 for a new one. */
  readonly session: bigint
  readonly password: Uint8Array
}

/** The answer of the server. A timeout of 0: there is no such session. */
export interface Welcome {
  readonly timeout: number
  readonly session: bigint
  readonly password: Uint8Array
}

/** Source: org.apache.zookeeper.proto.ConnectRequest. */
export function writeGreeting({ lastZxid, timeout, session, password }: Greeting): Buffer {
  const PROTOCOL = 0
  const READ_ONLY_WILL_DO = false
  return new JuteWriter()
    .int(PROTOCOL)
    .long(lastZxid)
    .int(timeout)
    .long(session)
    .bytes(password)
    .bool(READ_ONLY_WILL_DO)
    .done()
}

/** Source: org.apache.zookeeper.proto.ConnectResponse; a flag that old servers leave out is not read. */
export function readWelcome(from: JuteReader): Welcome {
  from.int() // protocol
  return { timeout: from.int(), session: from.long(), password: from.copy() }
}
