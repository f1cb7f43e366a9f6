import type { WatchMessage } from '../../backends/contract/backend.ts'
import { LONGEST } from '../../model/signals.ts'

/** Milliseconds between two looks at what time has changed, so that a crowd of expiries costs few of them. */
const LEAST = 200

export type Message = WatchMessage | { readonly is: 'due' }

/**
 * The messages of a registry in their order, and `due` between them when the time (milliseconds since 1970) that
 * `dueAt` returns has come. One message is asked for at a time, so a slow reader holds the registry's stream back.
 */
export async function* withTime(
  messages: AsyncIterator<WatchMessage>,
  dueAt: () => number,
  now: () => number,
): AsyncGenerator<Message, void, undefined> {
  let earliest = -Infinity
  let next = ask(messages)
  try {
    for (;;) {
      const result = await nextOrDue(next, Math.max(dueAt(), earliest) - now())
      if (result === 'due') {
        earliest = now() + LEAST
        yield { is: 'due' }
      } else {
        if (result.done) return
        yield result.value
        next = ask(messages)
      }
    }
  } finally {
    leave(messages)
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
  if (milliseconds === Infinity) return await next
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
