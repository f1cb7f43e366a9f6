import type { JuteReader } from './jute.ts'
import { JuteWriter } from './jute.ts'

/** What a client says first. */
export interface Greeting {
  /** The last transaction it has seen: a server that is behind it turns it away. */
  readonly lastZxid: bigint
  /** Milliseconds that the session should outlive its connection; the server has the last word. */
  readonly timeout: number
  /** 0 for a new one. */
  readonly session: bigint
  readonly password: Uint8Array
}

/** What the server answers. A timeout of 0: it knows no such session. */
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
