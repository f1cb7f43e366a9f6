import { writeSync } from 'node:fs'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Size, Terminal, TerminalListener } from './terminal.ts'

/** Alternate screen, no cursor, lines cut and not wrapped at the edge, pasted text marked as such. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h\u001b[2J'
/** All of that back, also in the middle of a frame. */
const LEAVE = '\u001b[?2026l\u001b[0m\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l'

const OUTPUT = 1
/** A terminal that takes nothing is not waited for without end. */
const TRIES = 1_000
/** Milliseconds after which a process that should have been stopped goes on: then it was not, as it has no shell. */
const STOPPED = 50
/** Lines on standard error that are kept while it is not seen. */
const HELD = 200
const USUAL: Size = { columns: 80, rows: 24 }

/** The terminal of this process, as a whole. */
export class ProcessTerminal implements Terminal {
  readonly #stdin: ReadStream
  readonly #stdout: WriteStream
  #listener: TerminalListener | undefined
  /** Drawn on now: not while the process is stopped. */
  #isEntered = false
  #held: string[] = []

  constructor(stdin: ReadStream, stdout: WriteStream) {
    this.#stdin = stdin
    this.#stdout = stdout
  }

  get isTaken(): boolean {
    return this.#listener !== undefined
  }

  /** A serial line does not say how large it is. */
  size(): Size {
    const { columns, rows } = this.#stdout
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows }
  }

  take(listener: TerminalListener): void {
    this.#listener = listener
    this.#stdin.setEncoding('utf8')
    this.#stdin.on('data', this.#typed).on('end', this.#closed).on('error', this.#closed)
    this.#stdout.on('resize', this.#resized)
    process.on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume).on('exit', this.#release)
    this.#enter()
    this.#stdin.resume()
  }

  /** Draws nothing on the shell's own screen: a frame may be due before the signal that the process goes on is heard of. */
  write(text: string): Promise<void> {
    if (!this.#isEntered) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#stdout.write(text, (error) => (error ? reject(error) : resolve()))
    })
  }

  suspend(): void {
    this.#suspend()
  }

  interrupt(): void {
    process.kill(process.pid, 'SIGINT')
  }

  /** Keeps what was to go to standard error until the screen is given back. */
  hold(text: string): void {
    this.#held = [...this.#held, text].slice(-HELD)
    this.#listener?.said(text)
  }

  /** Gives the terminal back as it was. At once, since the process may be about to end. Returns what was held. */
  release(): string {
    this.#release()
    const held = this.#held.join('')
    this.#held = []
    return held
  }

  readonly #typed = (text: string): void => this.#listener?.typed(text)

  readonly #resized = (): void => this.#listener?.resized()

  readonly #closed = (): void => this.#listener?.closed()

  /** As Ctrl-Z does it elsewhere: whatever the shell runs here as one job stops. */
  readonly #suspend = (): void => {
    if (!this.#isEntered) return
    this.#leave()
    process.off('SIGTSTP', this.#suspend)
    process.kill(0, 'SIGTSTP')
    setTimeout(this.#resume, STOPPED)
  }

  /** After SIGCONT, also where another signal had stopped it: the shell has changed the terminal meanwhile. */
  readonly #resume = (): void => {
    if (!this.#listener) return
    process.off('SIGTSTP', this.#suspend).on('SIGTSTP', this.#suspend)
    if (this.#isEntered) this.#setRaw(false)
    this.#enter()
    this.#listener.resized()
  }

  readonly #release = (): void => {
    if (!this.#listener) return
    this.#listener = undefined
    process.off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume).off('exit', this.#release)
    this.#stdin.off('data', this.#typed).off('end', this.#closed)
    this.#stdout.off('resize', this.#resized)
    this.#leave()
    this.#stdin.pause()
  }

  #enter(): void {
    this.#isEntered = true
    this.#setRaw(true)
    writeNow(ENTER)
  }

  #leave(): void {
    if (!this.#isEntered) return
    this.#isEntered = false
    writeNow(LEAVE)
    this.#setRaw(false)
  }

  #setRaw(isRaw: boolean): void {
    try {
      this.#stdin.setRawMode(isRaw)
    } catch {
      // The terminal was closed: SIGHUP ends the command.
    }
  }
}

/** Writes all of it before it returns, since the process may end or stop next. A terminal that is gone needs nothing back. */
function writeNow(text: string): void {
  let left = Buffer.from(text)
  for (let tries = 0; left.length > 0 && tries < TRIES; tries++) {
    try {
      left = left.subarray(writeSync(OUTPUT, left))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return
    }
  }
}
