/** How a kind of server shows what it is to somebody who does not say who he is. */
export interface Sign {
  /** What it calls itself. */
  readonly title: string
  /** What is sent over a new connection. */
  readonly ask: string
  /** What the answer looks like. */
  readonly shows: RegExp
}

/** An HTTP request that leaves nothing open. */
export function getting(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: registry\r\nAccept: application/json, text/plain\r\nConnection: close\r\n\r\n`
}
