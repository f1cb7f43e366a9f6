import type { Io } from '../io.ts'
import type { Size, Terminal } from './terminal.ts'
import { type Key, KeyDecoder } from './keys.ts'
import { Screen } from './screen.ts'

/** Milliseconds after which an Escape that nothing follows is the key, and not the beginning of another. */
const ALONE = 50

export interface DisplayOptions {
  readonly lines: (size: Size) => readonly string[]
  readonly onKey: (key: Key) => void
  /** A line that standard error would have shown. */
  readonly onSaid?: (text: string) => void
}

/** A command's hold on the terminal: what is seen and the keys, until it is disposed of. Then the terminal is as it was, and standard error gets what was kept from it. */
export class Display implements AsyncDisposable {
  readonly screen: Screen
  /** Resolves when nobody can type any more; rejects when nothing can be shown. */
  readonly ended: Promise<void>
  readonly #terminal: Terminal
  readonly #io: Pick<Io, 'stderr'>
  readonly #decoder = new KeyDecoder()
  readonly #onKey: (key: Key) => void
  #alone: NodeJS.Timeout | undefined

  constructor(io: Pick<Io, 'stderr'>, terminal: Terminal, { lines, onKey, onSaid }: DisplayOptions) {
    this.#io = io
    this.#terminal = terminal
    this.#onKey = onKey
    this.screen = new Screen(terminal, lines)
    const closing = new Promise<void>((closed) => {
      const typed = (text: string) => this.#typed(text)
      terminal.take({ typed, closed, resized: () => this.screen.again(), said: onSaid ?? (() => {}) })
    })
    this.ended = Promise.race([closing, this.screen.lost])
    this.ended.catch(() => {})
    this.screen.again()
  }

  #typed(text: string): void {
    clearTimeout(this.#alone)
    const keys = this.#decoder.decode(text)
    if (this.#decoder.isWaiting) this.#alone = setTimeout(() => this.#press(this.#decoder.flush()), ALONE)
    this.#press(keys)
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      if (key.is === 'ctrl-z') this.#terminal.suspend()
      else if (key.is === 'ctrl-l') this.screen.again()
      else this.#onKey(key)
    }
    if (keys.length > 0) this.screen.answer()
  }

  /** As Ctrl-C does it where keys are not read one by one. */
  interrupt(): void {
    this.#terminal.interrupt()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#alone)
    this.screen[Symbol.dispose]()
    const held = this.#terminal.release()
    if (held !== '') await this.#io.stderr.write(held).catch(() => {})
  }
}
