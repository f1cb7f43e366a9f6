import type { WatchMessage } from '../../backends/contract/backend.ts'
import { LONGEST } from '../../model/signals.ts'

/** Milliseconds between two looks at what time has changed, so that a crowd of expiries costs few of them. */
const LEAST = 200

export type Message = WatchMessage | { readonly is: 'due' }

const DUE: Message = { is: 'due' }

/**
 * The messages of a registry in their order, and `due` between them when their time has come. One message is asked for
 * at a time, so a slow reader holds the registry's stream back.
 */
export class TimedMessages {
  readonly #messages: AsyncIterator<WatchMessage>
  readonly #now: () => number
  #asked: Promise<IteratorResult<WatchMessage>> | undefined
  #earliest = -Infinity

  constructor(messages: AsyncIterator<WatchMessage>, now: () => number) {
    this.#messages = messages
    this.#now = now
  }

  /** The next message, or `due` at that time (milliseconds since 1970) if none came before; undefined when they are over. */
  async next(dueAt: number): Promise<Message | undefined> {
    if (dueAt === Infinity) return this.#taken(await (this.#asked ?? this.#messages.next()))
    this.#asked ??= ask(this.#messages)
    const result = await nextOrDue(this.#asked, Math.max(dueAt, this.#earliest) - this.#now())
    if (result !== 'due') return this.#taken(result)
    this.#earliest = this.#now() + LEAST
    return DUE
  }

  /** Ends the watch of the registry. */
  leave(): void {
    leave(this.#messages)
  }

  #taken(result: IteratorResult<WatchMessage>): Message | undefined {
    this.#asked = undefined
    return result.done ? undefined : result.value
  }
}

/** Lets go of what the registry's side holds. Not waited for: where a message is asked for, it ends with the watch's signal. */
function leave(messages: AsyncIterator<WatchMessage>): void {
  messages.return?.().catch(() => {})
}

/**
 * The same messages, of which the first is asked for at once; `inTime` says whether the watch had begun within so many
 * milliseconds: then nothing that happens from there on is missed.
 */
export function begun(
  messages: AsyncIterator<WatchMessage>,
  milliseconds: number,
): { messages: AsyncIterator<WatchMessage>; inTime: Promise<boolean> } {
  const beginning = ask(messages)
  let first: Promise<IteratorResult<WatchMessage>> | undefined = beginning
  const next = (): Promise<IteratorResult<WatchMessage>> => {
    const answer = first ?? messages.next()
    first = undefined
    return answer
  }
  const end = async (): Promise<IteratorResult<WatchMessage>> => {
    leave(messages)
    return { done: true, value: undefined }
  }
  return { messages: { next, return: end }, inTime: isProgressWithin(beginning, milliseconds) }
}

async function isProgressWithin(
  message: Promise<IteratorResult<WatchMessage>>,
  milliseconds: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const progress = message.then(
    (result) => result.done !== true && result.value.is === 'progress',
    () => false,
  )
  try {
    return await Promise.race([progress, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Asks for the next message. When the watch ends before the answer is used, its error is ignored. */
function ask<T>(messages: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = messages.next()
  next.catch(() => {})
  return next
}

async function nextOrDue<T>(next: Promise<T>, milliseconds: number): Promise<T | 'due'> {
  let timer: NodeJS.Timeout | undefined
  const due = new Promise<'due'>((resolve) => {
    timer = setTimeout(() => resolve('due'), Math.min(Math.max(milliseconds, 0), LONGEST))
  })
  try {
    return await Promise.race([next, due])
  } finally {
    clearTimeout(timer)
  }
}
