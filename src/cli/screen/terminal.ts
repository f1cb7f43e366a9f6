/** Columns and rows of a terminal. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** A terminal that a command draws on. */
export interface Terminal {
  size(): Size
  write(text: string): Promise<void>
  /** Takes hold of it: the screen is empty, and keys come one by one. Whatever ends the process, the terminal is given back. */
  take(listener: TerminalListener): void
  /** Gives it back as it was. Returns what standard error was to show meanwhile. */
  release(): string
  /** Stops the process until the user goes on with it, as Ctrl-Z does. */
  suspend(): void
  /** As Ctrl-C does. */
  interrupt(): void
}

/** What happens at a terminal. */
export interface TerminalListener {
  /** What the keyboard sent, which may be a part of a key. */
  typed(text: string): void
  /** It has another size, or shows something else: all has to be drawn again. */
  resized(): void
  /** Nobody can type any more. */
  closed(): void
  /** A text for standard error, which is not seen now. */
  said(text: string): void
}
