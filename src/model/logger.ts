/** Receives the log messages of the library. The methods must not throw. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}

export const silent: Logger = { debug() {}, info() {}, warn() {} }
