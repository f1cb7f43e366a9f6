/** The process's streams and environment as the commands see them, so that a test can stand in for a terminal. */
export interface Io {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

export interface Output {
  readonly isTerminal: boolean
  /** Columns of the terminal; undefined elsewhere. */
  readonly columns: number | undefined
  /** Waits while the reader is behind. Rejects with an EPIPE error when the reader is gone. */
  write(text: string): Promise<void>
}

export interface Input {
  readonly isTerminal: boolean
  /** All of it, as UTF-8. */
  text(): Promise<string>
}
