import type { Client } from '../client/client.ts'
import type { Resolved } from '../config/settings.ts'
import type { Logger } from '../model/logger.ts'
import type { Globals } from './globals.ts'
import type { Io } from './io.ts'

/** What a command works with. Everything that costs time is made when it is first asked for. */
export interface Context {
  readonly io: Io
  readonly globals: Globals
  /** Aborts on Ctrl-C, on termination and when `--timeout` has passed; its reason is the RollcallError to end with. */
  readonly signal: AbortSignal
  readonly logger: Logger
  /** The clock, in milliseconds since 1970. */
  now(): number
  /** Which registry, and where each setting came from. */
  resolved(): Promise<Resolved>
  /** The client, opened once and closed by main. */
  client(): Promise<Client>
  /** A line for people on standard error; nothing with `--quiet`. */
  say(line: string): Promise<void>
}
