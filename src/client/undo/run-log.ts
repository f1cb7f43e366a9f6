import { option } from '../../model/wording.ts'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate as others } from 'node:timers/promises'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { RunResult } from './run.ts'
import { byResult, runLineOf } from './run-line.ts'

interface Noted {
  readonly id: string
  readonly result: RunResult
}

/**
 * The end of a backup, to which a run adds what it does. What the run is about to change is on disk before it is changed. Outcomes
 * follow as fast as the disk takes them: of a record whose outcome is missing, an undo looks at the registry.
 */
export class RunLog implements AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  readonly #kind: 'outcomes' | 'restored'
  #pending: Noted[] = []
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  /** A full disk may have taken a part of the last line. */
  #isTorn = false
  #failure: unknown

  private constructor(path: string, file: FileHandle, kind: 'outcomes' | 'restored') {
    this.#path = path
    this.#file = file
    this.#kind = kind
  }

  /** Opens a backup to add to it. A line that was torn off is ended first. @throws RollcallError `usage` where it cannot be written */
  static async open(path: string, kind: 'outcomes' | 'restored'): Promise<RunLog> {
    try {
      const file = await open(path, 'a+', 0o600)
      const log = new RunLog(path, file, kind)
      log.#isTorn = !(await endsWithLine(file))
      return log
    } catch (error) {
      throw unwritable(path, error)
    }
  }

  /** Notes what the run is about to change; on disk when this returns. @throws RollcallError `usage` */
  async begin(ids: readonly string[]): Promise<void> {
    await this.#writing
    try {
      await this.#append(runLineOf({ begun: ids }))
    } catch (error) {
      throw unwritable(this.#path, error)
    }
  }

  /** Notes what became of a record. Does not wait for the disk. */
  note({ id, result }: Noted): void {
    this.#pending.push({ id, result })
    if (this.#isWriting) return
    this.#isWriting = true
    this.#writing = this.#writing.then(() => this.#drain())
  }

  /** Notes what an undo is about to change, as in doubt until its outcome follows; on disk when this returns. Ends nothing where it cannot be. */
  async doubt(ids: readonly string[]): Promise<void> {
    await this.#last(runLineOf({ restored: { 'in-doubt': ids } }))
  }

  /** Notes the revisions of records as the run has left them. */
  async leave(revisions: Readonly<Record<string, string>>): Promise<void> {
    await this.#last(runLineOf({ left: revisions }))
  }

  /** Notes that the run is over, or that all of it has been taken back. `time`: milliseconds since 1970. */
  async finish(how: 'ended' | 'undone', time: number): Promise<void> {
    const at = new Date(time).toISOString()
    await this.#last(runLineOf(how === 'ended' ? { ended: at } : { undone: at }))
  }

  /** Why not everything that was noted is on disk; undefined when it is. */
  get failure(): string | undefined {
    return this.#failure === undefined ? undefined : `${this.#path}: ${messageOf(this.#failure)}`
  }

  async #drain(): Promise<void> {
    try {
      await others() // the outcomes of a batch come together: one line for all
      while (this.#pending.length > 0) {
        const noted = byResult(this.#pending)
        this.#pending = []
        await this.#append(runLineOf(this.#kind === 'outcomes' ? { outcomes: noted } : { restored: noted }))
      }
    } catch (error) {
      this.#failure ??= error
    } finally {
      this.#isWriting = false
    }
  }

  async #last(line: string): Promise<void> {
    await this.#writing
    await this.#append(line).catch((error: unknown) => (this.#failure ??= error))
  }

  async #append(line: string): Promise<void> {
    const start = this.#isTorn ? '\n' : ''
    this.#isTorn = true
    await this.#file.appendFile(`${start}${line}\n`)
    this.#isTorn = false
    await this.#file.datasync()
  }

  /** Waits for what was noted, and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing
    await this.#file.close()
  }
}

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}

function unwritable(path: string, error: unknown): RollcallError {
  return new RollcallError('usage', `cannot write to the backup ${path}: ${messageOf(error)}`, {
    hint: `name another file with ${option('backup')}; what is not noted there first is not changed`,
    cause: error,
  })
}
