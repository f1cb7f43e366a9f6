import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import type { Question } from '../io.ts'
import type { Terminal } from '../screen/terminal.ts'
import type { Key } from '../screen/keys.ts'
import { type Action, carryOutAction, titleOf } from './actions.ts'
import { type Dialog, dialogOf, pressDialog, written } from './dialog.ts'

/** The one change that is asked about, under way or just done. */
export class Changing {
  dialog: Dialog | undefined
  readonly #context: Context
  readonly #terminal: Pick<Terminal, 'size'>
  readonly #onChange: () => void
  #answer: ((answer: boolean | string) => void) | undefined
  #stop = new AbortController()
  #work: Promise<void> = Promise.resolve()

  constructor(context: Context, terminal: Pick<Terminal, 'size'>, onChange: () => void) {
    this.#context = context
    this.#terminal = terminal
    this.#onChange = onChange
  }

  begin(action: Action): void {
    this.#stop = new AbortController()
    this.dialog = dialogOf(titleOf(action))
    this.#work = carryOutAction(this.#context, action, {
      columns: () => this.#terminal.size().columns,
      write: (text) => this.say(text),
      ask: (question) => this.#ask(question),
      signal: this.#stop.signal,
    }).then(() => this.#show({ isDone: true }))
  }

  /** Whether the key was for it. */
  press(key: Key): boolean {
    if (!this.dialog) return false
    const pressed = pressDialog(this.dialog, key)
    if ('closes' in pressed) this.dialog = undefined
    else if ('stops' in pressed) this.#stop.abort(new RollcallError('interrupted', 'interrupted'))
    else {
      this.dialog = pressed.dialog
      if (pressed.answer !== undefined) this.#answer?.(pressed.answer)
    }
    return true
  }

  /** Adds a text to what is seen of it; false where nothing is. */
  say(text: string): boolean {
    if (!this.dialog) return false
    this.#show(written(this.dialog, text))
    return true
  }

  /** Resolves when nothing is being changed: what was begun is not left half done. A question that nobody will answer is a no. */
  async ended(): Promise<void> {
    this.#answer?.(false)
    this.#stop.abort(new RollcallError('interrupted', 'interrupted'))
    await this.#work
  }

  async #ask(question: Question): Promise<boolean | string> {
    return await new Promise((resolve) => {
      this.#answer = resolve
      this.#show({ question })
    })
  }

  #show(change: Partial<Dialog>): void {
    if (this.dialog) this.dialog = { ...this.dialog, ...change }
    this.#onChange()
  }
}
