/** Where the library tells what it does. Every method is optional to call and must not throw. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
}

export const silent: Logger = { debug() {}, info() {}, warn() {} }
